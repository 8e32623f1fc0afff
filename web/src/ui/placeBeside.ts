/** Where something floats beside what it belongs to, inside the window. Pure. */
export type Side = 'top' | 'right' | 'bottom' | 'left'
export type Align = 'start' | 'center' | 'end'

export interface Rect {
  left: number
  top: number
  width: number
  height: number
}

export interface Beside {
  side: Side
  align: Align
  /** Between the two, in pixels. */
  gap: number
}

type Size = Pick<Rect, 'width' | 'height'>

/** What floats keeps this much from the edges of the window. */
const padding = 8
const opposite: Record<Side, Side> = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' }

/** The corner of what floats: on the wanted side if there is room or no more on the other, and never outside. */
export function placeBeside(anchor: Rect, size: Size, window: Size, { side, align, gap }: Beside): { left: number; top: number } {
  const room = roomAt(anchor, window)
  const needed = (side === 'top' || side === 'bottom' ? size.height : size.width) + gap + padding
  const chosen = room[side] >= needed || room[side] >= room[opposite[side]] ? side : opposite[side]
  const along = (start: number, whole: number, own: number) =>
    align === 'start' ? start : align === 'end' ? start + whole - own : start + (whole - own) / 2
  const corner = {
    top: { left: along(anchor.left, anchor.width, size.width), top: anchor.top - size.height - gap },
    bottom: { left: along(anchor.left, anchor.width, size.width), top: anchor.top + anchor.height + gap },
    left: { left: anchor.left - size.width - gap, top: along(anchor.top, anchor.height, size.height) },
    right: { left: anchor.left + anchor.width + gap, top: along(anchor.top, anchor.height, size.height) },
  }[chosen]
  return {
    left: within(corner.left, window.width - size.width),
    top: within(corner.top, window.height - size.height),
  }
}

const roomAt = ({ left, top, width, height }: Rect, window: Size): Record<Side, number> => ({
  top,
  left,
  bottom: window.height - top - height,
  right: window.width - left - width,
})

const within = (value: number, most: number) => Math.round(Math.max(padding, Math.min(value, most - padding)))
