/** The tokens that a 2D canvas needs, read from the page: literal colours of the theme that is on. */
import type { Tone } from '@/ui/StatusDot'

export interface Colours {
  surface: string
  border: string
  text: string
  textFaint: string
  accent: string
  edge: string
  canvas: string
  focus: string
  tones: Record<Tone, string>
  category: (variable: string) => string
}

const byTheme = new Map<string, Colours>()

/** Read once per theme: asking for a style makes the browser lay out everything that waits. */
export function readColours(): Colours {
  const theme = document.documentElement.dataset['theme'] ?? ''
  const colours = byTheme.get(theme) ?? compute()
  byTheme.set(theme, colours)
  return colours
}

function compute(): Colours {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(name).trim() || '#888888'
  const categories = new Map<string, string>()
  return {
    surface: read('--surface'),
    border: read('--border-strong'),
    text: read('--text'),
    textFaint: read('--text-faint'),
    accent: read('--accent'),
    edge: read('--edge'),
    canvas: read('--bg-canvas'),
    focus: read('--focus'),
    tones: {
      idle: read('--idle'),
      running: read('--running'),
      ok: read('--ok'),
      warn: read('--warn'),
      failed: read('--failed'),
    },
    category: (variable) => {
      const name = variable.replace(/^var\(|\)$/g, '')
      const known = categories.get(name) ?? read(name)
      categories.set(name, known)
      return known
    },
  }
}

/** Called whenever the theme of the page changes. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  return () => observer.disconnect()
}
