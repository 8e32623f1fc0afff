/** Asking the canvas to look somewhere, for whoever is not the canvas: panels, commands, avatars. */
export type CameraRequest =
  | { kind: 'reveal'; ids: readonly string[] }
  | { kind: 'look'; at: readonly [number, number] }
  | { kind: 'fit' }
  | { kind: 'zoom'; by: number }
  | { kind: 'actual' }
  | { kind: 'walk'; step: Step }
  | { kind: 'focus'; id: string }
  | { kind: 'bring'; id: string }

/** A step from what is selected: along an edge, to the node above or below, or to the next edge. */
export type Step = 'forward' | 'back' | 'up' | 'down' | 'edge'

/** Where something is drawn, in canvas units. */
interface Box {
  x: number
  y: number
  width: number
  height: number
}

export class Camera {
  private menu: readonly [number, number] | undefined
  private operator: ((request: CameraRequest) => void) | undefined
  private middle: (() => [number, number]) | undefined
  private boxes: ((id: string) => Box | undefined) | undefined

  /** Bring these nodes into the middle of the view. */
  reveal(ids: readonly string[]): void {
    this.operator?.({ kind: 'reveal', ids })
  }

  /** Bring a place, in canvas units, into the middle of the view. */
  look(at: readonly [number, number]): void {
    this.operator?.({ kind: 'look', at })
  }

  /** Show everything. */
  fit(): void {
    this.operator?.({ kind: 'fit' })
  }

  zoom(by: number): void {
    this.operator?.({ kind: 'zoom', by })
  }

  /** One unit of the canvas is one pixel. */
  actual(): void {
    this.operator?.({ kind: 'actual' })
  }

  /** Select the node or the edge that lies a step further. */
  walk(step: Step): void {
    this.operator?.({ kind: 'walk', step })
  }

  /** Give the keyboard to a node or an edge as soon as it is drawn. */
  focus(id: string): void {
    this.operator?.({ kind: 'focus', id })
  }

  /** Bring a node into view so near that it can be read, unless it is. */
  bring(id: string): void {
    this.operator?.({ kind: 'bring', id })
  }

  /** The middle of what is seen, in canvas units. */
  centre(): [number, number] {
    return this.middle?.() ?? [0, 0]
  }

  /** Where a node is drawn, as large as it was measured. */
  boxOf(id: string): Box | undefined {
    return this.boxes?.(id)
  }

  /** The menu of the canvas was opened here, in canvas units; nowhere, once the pointer moves over the canvas again. */
  openMenu(at: readonly [number, number] | undefined): void {
    this.menu = at
  }

  get pointed(): readonly [number, number] | undefined {
    return this.menu
  }

  /** Where a command puts something new: where its menu was opened, or the middle of what is seen. */
  place(): readonly [number, number] {
    return this.pointed ?? this.centre()
  }

  /** The canvas takes the camera, until it lets go by the function returned. */
  operate(operator: (request: CameraRequest) => void, middle: () => [number, number], boxes?: (id: string) => Box | undefined): () => void {
    this.operator = operator
    this.middle = middle
    this.boxes = boxes
    return () => {
      if (this.operator !== operator) return
      this.operator = undefined
      this.middle = undefined
      this.boxes = undefined
    }
  }
}
