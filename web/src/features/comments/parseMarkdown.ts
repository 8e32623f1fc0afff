/**
 * The Markdown of comments, read into plain values: paragraphs, lists, quotes and code; bold, italic, code, links and
 * mentions. Nothing else: what is no mark of these is text as it was written, HTML too. Pure, and never throws.
 */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'em' | 'del'; parts: Inline[] }
  | { kind: 'link'; href: string; parts: Inline[] }
  | { kind: 'mention'; name: string; person: string }
  | { kind: 'break' }

export type Block =
  | { kind: 'paragraph'; parts: Inline[] }
  | { kind: 'quote'; blocks: Block[] }
  | { kind: 'list'; ordered: boolean; items: Inline[][] }
  | { kind: 'code'; text: string }

const bullet = /^\s{0,3}[-*+]\s+/
const number = /^\s{0,3}\d{1,9}[.)]\s+/
const quoted = /^\s{0,3}>\s?/
const fence = /^\s{0,3}```/
/** Quotes in quotes are read this deep; a comment of a thousand ">" is text below. */
const deepest = 4

export function parseMarkdown(source: string, depth = 0): Block[] {
  const lines = source.replace(/\r\n?/g, '\n').split('\n')
  const blocks: Block[] = []
  let at = 0
  /** The lines from here on for which `belongs` holds. */
  const take = (belongs: (line: string) => boolean) => {
    const from = at
    while (at < lines.length && belongs(lines[at] ?? '')) at++
    return lines.slice(from, at)
  }
  while (at < lines.length) {
    const line = lines[at] ?? ''
    if (line.trim() === '') at++
    else if (fence.test(line)) {
      at++
      const text = take((each) => !fence.test(each)).join('\n')
      at++
      blocks.push({ kind: 'code', text })
    } else if (quoted.test(line) && depth < deepest) {
      const inner = take((each) => quoted.test(each)).map((each) => each.replace(quoted, ''))
      blocks.push({ kind: 'quote', blocks: parseMarkdown(inner.join('\n'), depth + 1) })
    } else if (bullet.test(line) || number.test(line)) {
      const mark = bullet.test(line) ? bullet : number
      const items = take((each) => mark.test(each)).map((each) => parseInline(each.replace(mark, '')))
      blocks.push({ kind: 'list', ordered: mark === number, items })
    } else {
      const [first = '', ...rest] = [lines[at++] ?? '', ...take((each) => each.trim() !== '' && !startsBlock(each))]
      blocks.push({ kind: 'paragraph', parts: parseInline([first, ...rest].join('\n')) })
    }
  }
  return blocks
}

const startsBlock = (line: string) => fence.test(line) || quoted.test(line) || bullet.test(line) || number.test(line)

const marks: readonly [RegExp, (found: RegExpExecArray) => Inline][] = [
  [/`([^`\n]+)`/, ([, text = '']) => ({ kind: 'code', text })],
  [/@\[([^\]\n]{1,200})\]\(([^()\s]{1,64})\)/, ([, name = '', person = '']) => ({ kind: 'mention', name, person })],
  [/\[([^\]\n]{1,300})\]\(((?:https?:\/\/|mailto:)[^\s()<>]{1,2000})\)/i, ([, text = '', href = '']) => ({ kind: 'link', href, parts: parseInline(text) })],
  [/\bhttps?:\/\/[^\s<>()]*[^\s<>().,:;!?'"\]]/i, ([href]) => ({ kind: 'link', href, parts: [{ kind: 'text', text: href }] })],
  [/\*\*(?=\S)([^\n]{1,2000}?)\*\*(?!\*)/, ([, text = '']) => ({ kind: 'strong', parts: parseInline(text) })],
  [/~~(?=\S)([^\n]{1,2000}?)~~/, ([, text = '']) => ({ kind: 'del', parts: parseInline(text) })],
  [/\*(?=[^\s*])([^*\n]+)\*/, ([, text = '']) => ({ kind: 'em', parts: parseInline(text) })],
  [/(?<![\w])_(?=[^\s_])([^_\n]+)_(?!\w)/, ([, text = '']) => ({ kind: 'em', parts: parseInline(text) })],
  [/\n/, () => ({ kind: 'break' })],
]

/** The earliest mark first; of those at one place, the first of the table. */
export function parseInline(text: string): Inline[] {
  const parts: Inline[] = []
  let rest = text
  while (rest !== '') {
    const next = firstMark(rest)
    if (next === undefined) return [...parts, { kind: 'text', text: rest }]
    const { found, make } = next
    if (found.index > 0) parts.push({ kind: 'text', text: rest.slice(0, found.index) })
    parts.push(make(found))
    rest = rest.slice(found.index + found[0].length)
  }
  return parts
}

function firstMark(text: string) {
  let first: { found: RegExpExecArray; make: (found: RegExpExecArray) => Inline } | undefined
  for (const [mark, make] of marks) {
    const found = mark.exec(text)
    if (found !== null && (first === undefined || found.index < first.found.index)) first = { found, make }
  }
  return first
}
