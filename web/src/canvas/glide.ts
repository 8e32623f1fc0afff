/**
 * How the view glides to where it is wanted. vite.config.ts puts this in the place of d3-transition, from which d3-zoom and
 * xyflow want no more than this: what that does with colours, texts and attributes would be fetched before the first picture.
 */
import { select, selection } from 'd3-selection'

type Listener = (this: Element) => void
type Draw = (t: number) => void

/** The one that each element is at. */
const glides = new WeakMap<Element, Glide>()

/** As a transition of d3: whoever made it says the rest before the next frame, with which it begins. */
class Glide {
  private readonly listeners = new Map<string, Listener>()
  private readonly made = performance.now()
  private frame: number
  private goes = false
  private ms = 250
  private easing = (t: number) => t
  private begin: ((this: Element) => Draw) | undefined

  constructor(private readonly element: Element) {
    interrupt(element)
    glides.set(element, this)
    this.frame = requestAnimationFrame(() => this.start())
  }

  selection() {
    return select(this.element)
  }

  duration(ms: number): this {
    this.ms = ms
    return this
  }

  ease(easing: (t: number) => number): this {
    this.easing = easing
    return this
  }

  /** `events` as d3 writes them: "interrupt.zoom end.zoom". */
  on(events: string, listener: Listener): this {
    for (const event of events.split(' ')) this.listeners.set(event, listener)
    return this
  }

  tween(_name: string, begin: (this: Element) => Draw): this {
    this.begin = begin
    return this
  }

  /** Whoever takes hold of the view stops it where it is. */
  stop(): void {
    cancelAnimationFrame(this.frame)
    this.over(this.goes ? 'interrupt' : undefined)
  }

  private start(): void {
    this.goes = true
    this.tell('start')
    const draw = this.begin?.call(this.element)
    const step = () => {
      const t = Math.min(1, (performance.now() - this.made) / this.ms)
      if (t < 1) this.frame = requestAnimationFrame(step)
      draw?.(t < 1 ? this.easing(t) : 1)
      if (t === 1) this.over('end')
    }
    step()
  }

  private over(event: string | undefined): void {
    if (glides.get(this.element) !== this) return
    glides.delete(this.element)
    if (event !== undefined) this.tell(event)
  }

  private tell(event: string): void {
    for (const [name, listener] of this.listeners) if (name.split('.', 1)[0] === event) listener.call(this.element)
  }
}

export function interrupt(element: Element): void {
  glides.get(element)?.stop()
}

Object.assign(selection.prototype, {
  transition(this: ReturnType<typeof select>) {
    return new Glide(this.node() as Element)
  },
  interrupt(this: ReturnType<typeof select>) {
    return this.each(function () {
      interrupt(this as Element)
    })
  },
})
