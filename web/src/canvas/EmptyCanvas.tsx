/** A graph without nodes says how to begin: with a ready part, or in one of three ways that always work. */
import { ClipboardPaste, MousePointerClick, Move, Sparkles } from 'lucide-react'
import type { ReactNode } from 'react'
import { useEditorView } from '@/commands/editorView'
import { pasteSelection } from '@/document/clipboard'
import { useGraph } from '@/document/hooks'
import { Button } from '@/ui/Button'
import { Kbd } from '@/ui/Kbd'
import { untilThere } from '@/ui/later'
import { useMedia } from '@/ui/useMedia'
import styles from './EmptyCanvas.module.css'

export function EmptyCanvas() {
  const graph = useGraph()
  const byFinger = useMedia('(hover: none)')
  const hasPalette = useEditorView((view) => view.leftPanel === 'add')
  if (!graph.canEdit) {
    return (
      <div className={styles.empty}>
        <strong className={styles.title}>Nothing here yet</strong>
        <p className={styles.quiet}>You see what others add the moment they do.</p>
      </div>
    )
  }
  const start = async () => {
    const { chatStarter } = await untilThere(() => import('@/nodes/chatStarter'))
    const [x, y] = graph.camera.centre()
    const text = JSON.stringify({ flowroom: 'selection', version: 1, ...chatStarter() })
    pasteSelection(graph.document, text, [Math.round(x) - 560, Math.round(y) - 150])
    // Once it is drawn.
    requestAnimationFrame(() => graph.camera.fit())
  }
  return (
    <section className={styles.empty} aria-label="How to begin">
      <strong className={styles.title}>Start here</strong>
      <ul className={styles.ways}>
        {hasPalette && <Way icon={<Move size={15} />}>Drag a node in from the left</Way>}
        <Way icon={<MousePointerClick size={15} />}>
          {byFinger ? (
            'Tap anywhere twice'
          ) : (
            <>
              Double-click anywhere, or press <Kbd keys="A" />
            </>
          )}
        </Way>
        {!byFinger && (
          <Way icon={<ClipboardPaste size={15} />}>
            Paste what you copied in any graph <Kbd keys="Mod+V" />
          </Way>
        )}
      </ul>
      <Button variant="primary" icon={<Sparkles size={14} />} className={styles.start} onClick={() => void start()}>
        Add a chat with a model
      </Button>
    </section>
  )
}

function Way({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <li>
      <span className={styles.icon} aria-hidden>
        {icon}
      </span>
      <span className={styles.words}>{children}</span>
    </li>
  )
}
