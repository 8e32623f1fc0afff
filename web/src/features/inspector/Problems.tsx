import { CircleX, TriangleAlert } from 'lucide-react'

import type { Problem } from '@/document/checks'
import { classNames } from '@/ui/classNames'

import styles from './Inspector.module.css'

/** A graph with a thousand problems is not mended from a list: its first are enough to begin with. */
const MOST_SHOWN = 50

export interface ProblemsProps {
  problems: readonly Problem[]
  /** What a problem is about, where that does not go without saying. */
  nameOf?: (problem: Problem) => string | undefined
  onOpen?: (problem: Problem) => void
}

/** What is wrong, one line each; with `onOpen`, a line leads to its place. */
export function Problems({ problems, nameOf, onOpen }: ProblemsProps) {
  if (problems.length === 0) return null
  const more = problems.length - MOST_SHOWN
  return (
    <ul className={styles.problems} aria-label="Problems">
      {problems.slice(0, MOST_SHOWN).map((problem, index) => (
        <li key={`${problem.code}-${index}`}>
          {onOpen === undefined ? (
            <div className={faceOf(problem)}>
              <Face problem={problem} name={nameOf?.(problem)} />
            </div>
          ) : (
            <button
              type="button"
              className={faceOf(problem)}
              onClick={() => {
                onOpen(problem)
              }}
            >
              <Face problem={problem} name={nameOf?.(problem)} />
            </button>
          )}
        </li>
      ))}
      {more > 0 && <li className={styles.faint}>And {more} more.</li>}
    </ul>
  )
}

const faceOf = (problem: Problem) =>
  classNames(styles.problem, problem.severity === 'error' ? styles.error : styles.warning)

function Face({ problem, name }: { problem: Problem; name?: string }) {
  return (
    <>
      {problem.severity === 'error' ? <CircleX size={14} aria-hidden /> : <TriangleAlert size={14} aria-hidden />}
      <span>
        {name !== undefined && <strong>{name}: </strong>}
        {problem.message}
      </span>
    </>
  )
}
