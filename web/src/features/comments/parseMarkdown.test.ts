// WEB-19 of docs/spec.md.

import { expect, it } from 'vitest'

import { parseInline, parseMarkdown } from './parseMarkdown'

const text = (words: string) => ({ kind: 'text', text: words })

it('reads paragraphs, lists, quotes and code', () => {
  expect(parseMarkdown('One\ntwo\n\n- a\n- b\n\n1. x\n> said\n```js\nlet a = "*"\n```')).toEqual([
    { kind: 'paragraph', parts: [text('One'), { kind: 'break' }, text('two')] },
    { kind: 'list', ordered: false, items: [[text('a')], [text('b')]] },
    { kind: 'list', ordered: true, items: [[text('x')]] },
    { kind: 'quote', blocks: [{ kind: 'paragraph', parts: [text('said')] }] },
    { kind: 'code', text: 'let a = "*"' },
  ])
})

it('reads bold, italic, code, struck words and mentions, one in another', () => {
  expect(parseInline('Is **this *right***, @[Bo](bo)? `a*b*` ~~no~~ snake_case_name')).toEqual([
    text('Is '),
    { kind: 'strong', parts: [text('this '), { kind: 'em', parts: [text('right')] }] },
    text(', '),
    { kind: 'mention', name: 'Bo', person: 'bo' },
    text('? '),
    { kind: 'code', text: 'a*b*' },
    text(' '),
    { kind: 'del', parts: [text('no')] },
    text(' snake_case_name'),
  ])
})

it('links to the web and to mail, and to nothing else', () => {
  expect(parseInline('see https://a.example/b?c=d. Or [mail](mailto:a@b.example)')).toMatchObject([
    text('see '),
    { kind: 'link', href: 'https://a.example/b?c=d' },
    text('. Or '),
    { kind: 'link', href: 'mailto:a@b.example' },
  ])
  for (const bad of ['[x](javascript:alert(1))', '[x](data:text/html,a)', '[x](//evil.example)', '[x]( https://a )']) {
    expect(parseInline(bad).some(({ kind }) => kind === 'link' && !bad.includes('https'))).toBe(false)
  }
})

it('leaves HTML as the text it is', () => {
  const source = '<img src=x onerror=alert(1)><b>hi</b>'
  expect(parseMarkdown(source)).toEqual([{ kind: 'paragraph', parts: [text(source)] }])
})

it('reads whatever comes without failing, and quickly', () => {
  for (const odd of ['>'.repeat(10_000), '*'.repeat(10_000), '['.repeat(10_000), '_a'.repeat(5_000), '```', '@['.repeat(5_000)]) {
    expect(parseMarkdown(odd).length).toBeGreaterThan(0)
  }
})
