import { describe, expect, it } from 'vitest'

import { choose, edited, emptyDraft, matching, mentionAt, toDraft, toMarkdown } from './mentions'

const people = ['Ada Lovelace', 'Bo', 'Alan', 'Grace Adams'].map((name) => ({ id: name.toLowerCase().replace(' ', '-'), name, colour: '#112233', kind: 'person' as const }))

it('looks for someone after an @, but not in the middle of a word', () => {
  const at = (text: string, caret: number) => mentionAt({ text, people: [] }, caret)
  expect(at('Ask @ad', 7)).toEqual({ query: 'ad', from: 4 })
  expect(at('@', 1)).toEqual({ query: '', from: 0 })
  expect(at('mail a@b', 8)).toBeUndefined()
  expect(at('Ask @ad', 3)).toBeUndefined()
})

it('finds people by any word of their names, those that begin with it first', () => {
  expect(matching(people, 'ad').map(({ name }) => name)).toEqual(['Ada Lovelace', 'Grace Adams'])
  expect(matching(people, 'x')).toEqual([])
})

it('leaves alone who was chosen, though another is called that and more', () => {
  const ann = { id: 'ann', name: 'Ann' }
  const { draft, caret } = choose({ text: '@an', people: [] }, 0, 3, ann)
  expect(mentionAt(draft, caret)).toBeUndefined()
  expect(mentionAt({ text: '@Ann l', people: [] }, 6)).toEqual({ query: 'Ann l', from: 0 })
  const both = ['Ann Lee', 'Ann'].map((name) => ({ id: name, name, colour: '#112233', kind: 'person' as const }))
  expect(matching(both, 'an').map(({ name }) => name)).toEqual(['Ann', 'Ann Lee'])
})

it('sends the id of whoever was chosen, and only if the name still stands', () => {
  const ada = people[0] ?? { id: '', name: '' }
  const { draft, caret } = choose({ text: 'Ask @ad why', people: [] }, 4, 7, ada)
  expect(draft.text).toBe('Ask @Ada Lovelace why')
  expect(draft.text.slice(caret)).toBe('why')
  expect(toMarkdown(draft)).toBe('Ask @[Ada Lovelace](ada-lovelace) why')
  expect(toMarkdown({ ...draft, text: 'Ask @Ada why' })).toBe('Ask @Ada why')
  expect(toMarkdown({ text: '@Bo, @Bob and x@Bo', people: [{ id: 'bo', name: 'Bo' }] })).toBe('@[Bo](bo), @Bob and x@Bo')
  expect(toMarkdown(emptyDraft)).toBe('')
})

describe('WEB-17: of two with one name', () => {
  const [one, two] = ['ann-1', 'ann-2'].map((id) => ({ id, name: 'Ann' })) as [User, User]
  type User = { id: string; name: string }
  const both = toDraft('@[Ann](ann-1) and @[Ann](ann-2)')

  it('each is called who was chosen, in whatever order', () => {
    const first = choose({ text: '@an', people: [] }, 0, 3, one).draft
    expect(toMarkdown(choose({ ...first, text: '@Ann @an' }, 5, 8, two).draft)).toBe('@[Ann](ann-1) @[Ann](ann-2) ')
    expect(toMarkdown(choose({ ...first, text: '@an @Ann' }, 0, 3, two).draft)).toBe('@[Ann](ann-2) @[Ann](ann-1)')
    expect(toMarkdown(both)).toBe('@[Ann](ann-1) and @[Ann](ann-2)')
  })

  it('the other stays who they are when one is taken out, written before them, or chosen anew', () => {
    expect(toMarkdown(edited(both, 'and @Ann'))).toBe('and @[Ann](ann-2)')
    expect(toMarkdown(edited(both, '@Ann and '))).toBe('@[Ann](ann-1) and ')
    expect(toMarkdown(edited(both, 'Or @Ann and @Ann'))).toBe('Or @[Ann](ann-1) and @[Ann](ann-2)')
    expect(toMarkdown(edited(both, '@Ann, @Ann and @Ann')).endsWith('and @[Ann](ann-2)')).toBe(true)
    expect(toMarkdown(choose(edited(both, '@an and @Ann'), 0, 3, two).draft)).toBe('@[Ann](ann-2) and @[Ann](ann-2)')
  })

  it.each([
    ['a letter is typed behind one and taken away again', ['@Annx and @Ann', '@Ann and @Ann']],
    ['both were broken, and the second is mended first', ['@Annx and @Ann', '@Annx and @Anny', '@Annx and @Ann', '@Ann and @Ann']],
    ['one was taken out letter by letter, and something written before them', ['@An and @Ann', '@A and @Ann', 'So @A and @Ann', '@A and @Ann', '@Ann and @Ann']],
    ['all of it is cut, and pasted', ['', '@Ann and @Ann']],
  ])('each is who they were once their names are back: %s', (_, texts) => {
    expect(toMarkdown(texts.reduce(edited, both))).toBe('@[Ann](ann-1) and @[Ann](ann-2)')
  })

  it('both stay who they were where they are pasted elsewhere, and nobody else gets a name that was made longer', () => {
    expect(toMarkdown(['Hi, ', 'Hi, @Ann and @Ann'].reduce(edited, both))).toBe('Hi, @[Ann](ann-1) and @[Ann](ann-2)')
    const longer = toDraft('@[Ann](ann-1) and @[Ann Lee](lee)')
    expect(toMarkdown(edited(longer, '@Ann Lee and @Ann Lee'))).toBe('@[Ann Lee](lee) and @[Ann Lee](lee)')
  })
})

it('calls whoever was taken out and written again', () => {
  const bo = { text: '@Bo!', people: [{ id: 'bo', name: 'Bo' }] }
  expect(toMarkdown(edited(edited(bo, '@B!'), '@Bo!'))).toBe('@[Bo](bo)!')
})

it('takes what was sent back into a draft', () => {
  const sent = 'Ask @[Ada (she)](a-1) and @[Bo](bo)'
  expect(toDraft(sent).text).toBe('Ask @Ada (she) and @Bo')
  expect(toMarkdown(toDraft(sent))).toBe(sent)
})
