/** How long ago something was, as people say it and as it goes on; the exact time is in its title. */
import { useSyncExternalStore } from 'react'

import { ago, exactly } from './formatTime'
import { now } from './now'

const everyMs = 30_000

/** One clock for all: it runs while someone looks at it. */
const clock = {
  now: now(),
  listeners: new Set<() => void>(),
  timer: undefined as ReturnType<typeof setInterval> | undefined,
  subscribe: (listener: () => void) => {
    clock.listeners.add(listener)
    clock.now = now()
    clock.timer ??= setInterval(() => {
      clock.now = now()
      for (const each of clock.listeners) each()
    }, everyMs)
    return () => {
      clock.listeners.delete(listener)
      if (clock.listeners.size > 0) return
      clearInterval(clock.timer)
      clock.timer = undefined
    }
  },
}

/** `at`: seconds since 1970. */
export function Ago({ at, className }: { at: number; className?: string }) {
  const shown = useSyncExternalStore(clock.subscribe, () => clock.now)
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={exactly(at)} className={className}>
      {ago(at, Math.max(shown, at * 1000))}
    </time>
  )
}
