import { showCanvas } from '@/commands/editorView'
import styles from './SkipToCanvas.module.css'

/** The first stop of Tab in a graph: past the bar and the panels to the nodes. Seen while the keyboard is at it. */
export function SkipToCanvas() {
  const skip = () => {
    showCanvas()
    // Once no panel lies over it.
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-testid="canvas"]')?.focus())
  }
  return (
    <button type="button" className={styles.skip} onClick={skip}>
      Skip to the canvas
    </button>
  )
}
