/** How full a graph is, as the server tells everyone in it: in bytes that it has, and the most that it may have. */
export interface Space {
  level: 'roomy' | 'nearly full' | 'full'
  size: number
  most: number
}

const levels: readonly unknown[] = ['roomy', 'nearly full', 'full'] satisfies Space['level'][]

/** Reads what a frame says; undefined when it is nothing that this editor knows. */
export function readSpace(text: string): Space | undefined {
  try {
    const { level, size, most } = JSON.parse(text) as Space
    return levels.includes(level) && size >= 0 && most > 0 ? { level, size, most } : undefined
  } catch {
    return undefined
  }
}
