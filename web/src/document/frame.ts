const hiddenMs = 100
const frameMs = 16

/** One call per animation frame, however often it was asked for; by timer in a hidden tab and in Node, where no frames come. */
export class Frame {
  private cancel: (() => void) | undefined

  constructor(private readonly work: () => void) {}

  request(): void {
    if (this.cancel !== undefined) return
    const run = () => {
      this.cancel = undefined
      this.work()
    }
    const wait = timerMs()
    if (wait !== undefined) {
      const timer = setTimeout(run, wait)
      this.cancel = () => clearTimeout(timer)
    } else {
      const frame = requestAnimationFrame(run)
      this.cancel = () => cancelAnimationFrame(frame)
    }
  }

  /** Do now what was asked for, or nothing. */
  flush(): void {
    if (this.cancel === undefined) return
    this.drop()
    this.work()
  }

  drop(): void {
    this.cancel?.()
    this.cancel = undefined
  }
}

/** How long to wait where frames don't come; undefined where they do. */
function timerMs(): number | undefined {
  if (typeof document === 'undefined') return frameMs
  return document.hidden ? hiddenMs : undefined
}
