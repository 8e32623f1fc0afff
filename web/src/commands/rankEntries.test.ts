// @vitest-environment jsdom
import { expect, it } from 'vitest'
import { commands } from './commands'
import { type EntryGroup, type Findable, rankEntries } from './rankEntries'

const type = (title: string, description: string) => ({ title, about: `add Data ${description}` })
const types = [
  type('Chat', 'Type a message to start a run; answers that reach Reply appear here.'),
  type('Code', 'Holds a piece of source text, for prompts and templates. It is not executed.'),
  type('LLM', 'Asks a language model. The answer streams into the node while it is written.'),
  type('Log', 'Shows every value that arrives, newest last.'),
  type('Template', 'Writes a text from the values that arrive.'),
]
const groups: EntryGroup<Findable>[] = [
  { heading: 'Add', entries: types },
  { heading: 'Commands', entries: commands.filter(({ hidden }) => hidden !== true) },
]
const found = (query: string) => rankEntries(groups, query).flatMap(({ entries }) => entries.map(({ title }) => title))

it.each([
  ['log', 'Log'],
  ['temp', 'Template'],
  ['delete', 'Delete'],
  ['run', 'Run the graph'],
  ['export', 'Export as a file'],
  ['theme', 'Theme of the system'],
  ['light th', 'Light theme'],
  ['add llm', 'LLM'],
  ['oup', 'Group the selection'],
])('what begins with “%s” comes before what has it elsewhere', (query, first) => {
  expect(found(query)[0]).toBe(first)
})

it('finds whole words of a description, after all titles, and never letters strewn over it', () => {
  expect(found('model')).toEqual(['LLM'])
  expect(found('mod')).toEqual([])
  expect(found('run').at(-1)).toBe('Chat')
  expect(found('lgg')).toEqual([])
  expect(found('theme model')).toEqual([])
})

it('leaves everything in its order as long as nothing was typed', () => {
  expect(found(' ').slice(0, 2)).toEqual(['Chat', 'Code'])
})
