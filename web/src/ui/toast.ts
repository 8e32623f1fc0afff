/** Short messages that come and go. What draws them is fetched with the first one, or before, when there is time. */
import type { ToasterHandle } from './Toaster'

export interface ToastDetails {
  description?: string
  /** Something to do about it; it stays long enough to be read and reached. */
  action?: { label: string; onClick: () => void }
}

const actionStaysMs = 12_000

let shown = false
let hand: (handle: ToasterHandle) => void
const handle = new Promise<ToasterHandle>((resolve) => {
  hand = resolve
})
const listeners = new Set<() => void>()

async function show(kind: keyof ToasterHandle, title: string, details?: ToastDetails): Promise<void> {
  toasts.prepare()
  ;(await handle)[kind](title, details?.action ? { ...details, duration: actionStaysMs } : details)
}

export const toast = {
  success: (title: string, details?: ToastDetails) => void show('success', title, details),
  warning: (title: string, details?: ToastDetails) => void show('warning', title, details),
  error: (title: string, details?: ToastDetails) => void show('error', title, details),
  /** What others did, calmly. */
  info: (title: string, details?: ToastDetails) => void show('info', title, details),
}

/** Whether anything was ever said, for the component that draws it. */
export const toasts = {
  isWanted: () => shown,
  subscribe: (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  /** The region that reads toasts out stands before the first of them: of what comes together with it, nothing is read. */
  prepare: () => {
    shown = true
    for (const listener of listeners) listener()
  },
  /** The drawing part is there: what waits is shown. */
  drawnBy: (drawer: ToasterHandle) => hand(drawer),
}
