import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { contrast } from './readableOn'

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8')

/** The hex colours of one theme's block: the first of it, or the one after a mark. */
function colours(theme: 'light' | 'dark', mark = ''): Map<string, string> {
  const after = css.slice(css.indexOf(mark))
  const block = after.slice(after.indexOf(`:root[data-theme="${theme}"]`))
  const body = block.slice(0, block.indexOf('}'))
  return new Map(
    [...body.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [name ?? '', value ?? '']),
  )
}

const surfaces = ['--bg', '--surface', '--surface-raised', '--surface-hover', '--surface-inset']
const tones = ['running', 'ok', 'warn', 'failed', 'idle']
const pairs: [text: string, background: string][] = [
  ...['--text', '--text-muted', '--text-faint', '--accent-ink'].flatMap((text) =>
    surfaces.map((surface): [string, string] => [text, surface]),
  ),
  ['--text-faint', '--bg-canvas'],
  ['--on-accent', '--accent'],
  ['--on-accent', '--accent-hover'],
  ['--accent-ink', '--accent-soft'],
  ['--text-muted', '--accent-soft'],
  ...tones.flatMap((tone): [string, string][] => [
    [`--${tone}-ink`, `--${tone}-soft`],
    [`--${tone}-ink`, '--surface'],
    [`--${tone}-ink`, '--surface-raised'],
  ]),
]

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  const palette = colours(theme)

  it.each(pairs)('%s can be read on %s (AA, 4.5 to 1)', (text, background) => {
    expect(contrast(palette.get(text) ?? '', palette.get(background) ?? '')).toBeGreaterThanOrEqual(4.5)
  })

  it('WEB-38: has readable text (7 to 1) and edges that can be seen (3 to 1) for who asks for more contrast', () => {
    const more = new Map([...palette, ...colours(theme, 'prefers-contrast: more')])
    const least = (ratio: number, names: string[]) =>
      names.flatMap((name) => surfaces.filter((surface) => contrast(more.get(name) ?? '', more.get(surface) ?? '') < ratio).map((surface) => `${name} on ${surface}`))
    expect(least(7, ['--text', '--text-muted', '--text-faint', '--accent-ink'])).toEqual([])
    expect(least(3, ['--border', '--border-strong', '--edge'])).toEqual([])
  })

  it('names the same colours as the other', () => {
    expect([...palette.keys()].sort()).toEqual([...colours(theme === 'light' ? 'dark' : 'light').keys()].sort())
  })
})
