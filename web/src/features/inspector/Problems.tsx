import { CircleX, TriangleAlert } from 'lucide-react'

import type { Problem } from '@/document/checks'
import { classNames } from '@/ui/classNames'

import styles from './Inspector.module.css'

/** What is wrong, one line each; with `onOpen`, a line leads to its place. */
export function Problems({ problems, onOpen }: { problems: readonly Problem[]; onOpen?: (problem: Problem) => void }) {
  if (problems.length === 0) return null
  return (
    <ul className={styles.problems} aria-label="Problems">
      {problems.map((problem, index) => (
        <li key={`${problem.code}-${index}`}>
          {onOpen === undefined ? (
            <div className={faceOf(problem)}>
              <Face problem={problem} />
            </div>
          ) : (
            <button
              type="button"
              className={faceOf(problem)}
              onClick={() => {
                onOpen(problem)
              }}
            >
              <Face problem={problem} />
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}

const faceOf = (problem: Problem) =>
  classNames(styles.problem, problem.severity === 'error' ? styles.error : styles.warning)

function Face({ problem }: { problem: Problem }) {
  return (
    <>
      {problem.severity === 'error' ? <CircleX size={14} aria-hidden /> : <TriangleAlert size={14} aria-hidden />}
      <span>{problem.message}</span>
    </>
  )
}
