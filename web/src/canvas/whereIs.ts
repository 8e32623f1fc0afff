/** A place in the window, as a mouse tells it. */
export type Pointed = Pick<MouseEvent, 'clientX' | 'clientY'>

/** Where a mouse or a finger is; a finger that was just lifted, where it was. */
export const whereIs = (event: Pointed | TouchEvent): Pointed | undefined => ('clientX' in event ? event : event.changedTouches[0])
