import { useEffect, useRef, useState } from 'react'

/** Whether files are being dragged over the page; calls `onFiles` when they are dropped. */
export function useFileDrop(onFiles: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false)
  const latest = useRef(onFiles)
  useEffect(() => {
    latest.current = onFiles
  })
  useEffect(() => {
    // dragleave also fires when the pointer passes from one element to another: count how deep it is.
    let depth = 0
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true
    const listen = {
      dragenter: (event: DragEvent) => {
        if (!hasFiles(event)) return
        depth += 1
        setOver(true)
      },
      dragleave: (event: DragEvent) => {
        if (!hasFiles(event)) return
        depth = Math.max(0, depth - 1)
        if (depth === 0) setOver(false)
      },
      dragover: (event: DragEvent) => {
        if (hasFiles(event)) event.preventDefault()
      },
      drop: (event: DragEvent) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        depth = 0
        setOver(false)
        latest.current([...(event.dataTransfer?.files ?? [])])
      },
    }
    const entries = Object.entries(listen) as [keyof typeof listen, (event: DragEvent) => void][]
    for (const [name, listener] of entries) window.addEventListener(name, listener)
    return () => {
      for (const [name, listener] of entries) window.removeEventListener(name, listener)
    }
  }, [])
  return over
}
