import { expect, it } from 'vitest'

import { choose, emptyDraft, matching, mentionAt, toDraft, toMarkdown } from './mentions'

const people = ['Ada Lovelace', 'Bo', 'Alan', 'Grace Adams'].map((name) => ({ id: name.toLowerCase().replace(' ', '-'), name, colour: '#112233', kind: 'person' as const }))

it('looks for someone after an @, but not in the middle of a word', () => {
  expect(mentionAt('Ask @ad', 7)).toEqual({ query: 'ad', from: 4 })
  expect(mentionAt('@', 1)).toEqual({ query: '', from: 0 })
  expect(mentionAt('mail a@b', 8)).toBeUndefined()
  expect(mentionAt('Ask @ad', 3)).toBeUndefined()
})

it('finds people by any word of their names, those that begin with it first', () => {
  expect(matching(people, 'ad').map(({ name }) => name)).toEqual(['Ada Lovelace', 'Grace Adams'])
  expect(matching(people, 'x')).toEqual([])
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
