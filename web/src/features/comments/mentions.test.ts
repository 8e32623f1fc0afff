import { expect, it } from 'vitest'

import { choose, emptyDraft, matching, mentionAt, toDraft, toMarkdown } from './mentions'

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

it('takes what was sent back into a draft', () => {
  const sent = 'Ask @[Ada (she)](a-1) and @[Bo](bo)'
  expect(toDraft(sent).text).toBe('Ask @Ada (she) and @Bo')
  expect(toMarkdown(toDraft(sent))).toBe(sent)
})
