/** One call per animation frame, however often it was asked for; by timer in a hidden tab, where no frames come. */
export class Frame {
  private cancel: (() => void) | undefined

  constructor(private readonly work: () => void) {}

  request(): void {
    if (this.cancel !== undefined) return
    const run = () => {
      this.cancel = undefined
      this.work()
    }
    if (document.hidden) {
      const timer = setTimeout(run, 100)
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
