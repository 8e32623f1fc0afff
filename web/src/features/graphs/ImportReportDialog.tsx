import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'

import type { ImportReport } from '@/api/shapes'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { ScrollArea } from '@/ui/ScrollArea'

import { count } from './count'
import styles from './ImportReportDialog.module.css'

/** What an import made of the files: the graphs, what was kept in another form, and what was left out. */
export function ImportReportDialog({ report, onClose }: { report: ImportReport | null; onClose: () => void }) {
  if (report === null) return null
  const approximated = report.problems.filter((problem) => problem.kept)
  const leftOut = report.problems.filter((problem) => !problem.kept)
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title={report.graphs.length === 0 ? 'Nothing was imported' : `Imported ${count(report.graphs.length, 'graph')}`}
      description={summary(report)}
      width={560}
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <ScrollArea label="Import report" className={styles.report}>
        <Section icon={<CircleCheck size={15} className={styles.ok} />} title="Graphs" many={report.graphs.length}>
          {report.graphs.map((graph) => (
            <li key={graph.id} className={styles.row}>
              <Link href={`/graphs/${graph.id}`} className={styles.graph}>
                {graph.title}
              </Link>
              <span className={styles.facts}>
                {count(graph.nodes, 'node')}, {count(graph.edges, 'connection')}
              </span>
            </li>
          ))}
        </Section>
        <Section
          icon={<TriangleAlert size={15} className={styles.warn} />}
          title="Kept, with a change"
          many={approximated.length}
        >
          <Problems problems={approximated} />
        </Section>
        <Section icon={<CircleX size={15} className={styles.failed} />} title="Left out" many={leftOut.length}>
          <Problems problems={leftOut} />
        </Section>
      </ScrollArea>
    </Dialog>
  )
}

function Section({
  icon,
  title,
  many,
  children,
}: {
  icon: ReactNode
  title: string
  many: number
  children: ReactNode
}) {
  if (many === 0) return null
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>
        {icon}
        {title}
        <span className={styles.many}>{many}</span>
      </h3>
      <ul>{children}</ul>
    </section>
  )
}

function Problems({ problems }: { problems: ImportReport['problems'] }) {
  return problems.map((problem, index) => (
    <li key={index} className={styles.problem}>
      <code className={styles.file}>{problem.file}</code>
      <span>{problem.what}</span>
    </li>
  ))
}

function summary({ graphs, problems }: ImportReport): string {
  const [only, another] = problems
  if (only === undefined) return 'Everything in the files was understood.'
  if (graphs.length === 0 && another === undefined) return `${only.file} is no graph that can be read here. The file itself is unchanged.`
  if (problems.every(({ kept }) => kept)) return 'Nothing was lost; some things are written differently here.'
  return 'Some things in the files could not be taken over. The files themselves are unchanged.'
}
