// Random honest edits of a yjs document, all from one seed.
import * as Y from 'yjs'

const WORDS = ['a', 'bc', 'Hello ', 'é', '€', '😀', 'line\n', 'x'.repeat(40)]

/** A small seeded source of numbers in [0, 1): mulberry32. */
export const makeDice = (seed) => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (limit) => Math.floor(next() * limit)
  return { next, below, one: (list) => list[below(list.length)], chance: (p) => next() < p }
}

const value = (dice) => {
  const scalar = dice.one([null, true, false, 0, -1, 2 ** 40, 1.5, '', ...WORDS])
  return dice.one([scalar, scalar, [scalar, 1], { k: scalar, deep: [{ er: scalar }] }])
}

/** Offsets of a text between characters, in UTF-16 units: never between the halves of one. */
const borders = (text) => {
  const out = [0]
  for (const character of text.toString()) out.push(out[out.length - 1] + character.length)
  return out
}

const type = (dice, text) => text.insert(dice.one(borders(text)), dice.one(WORDS))

const erase = (dice, text) => {
  const places = borders(text)
  if (places.length < 2) return
  const at = dice.below(places.length - 1)
  const upto = Math.min(places.length - 1, at + 1 + dice.below(5))
  text.delete(places[at], places[upto] - places[at])
}

const node = (dice) => {
  const map = new Y.Map()
  map.set('type', 'llm')
  map.set('pos', [dice.below(100), dice.below(100)])
  const params = new Y.Map()
  params.set('prompt', new Y.Text(dice.one(['', ...WORDS])))
  params.set('model', 'local')
  map.set('params', params)
  return map
}

/** Write into a prose parameter of any node that a bot made. */
const write = (doc, dice) => {
  const nodes = [...doc.getMap('nodes').values()].filter((found) => found instanceof Y.Map)
  if (!nodes.length) return
  const prose = [...(dice.one(nodes).get('params')?.values() ?? [])].filter((value) => value instanceof Y.Text)
  if (prose.length) (dice.chance(0.7) ? type : erase)(dice, dice.one(prose))
}

const move = (doc, dice) => {
  const nodes = [...doc.getMap('nodes').values()].filter((found) => found instanceof Y.Map)
  if (nodes.length) dice.one(nodes).set('pos', [dice.below(100), dice.below(100)])
}

const EDITS = {
  type: (doc, dice) => type(dice, doc.getText('text')),
  erase: (doc, dice) => erase(dice, doc.getText('text')),
  push: (doc, dice) => {
    const list = doc.getArray('list')
    list.insert(dice.below(list.length + 1), dice.chance(0.2) ? [value(dice), node(dice)] : [value(dice)])
  },
  pop: (doc, dice) => {
    const list = doc.getArray('list')
    if (list.length) list.delete(dice.below(list.length))
  },
  create: (doc, dice) => doc.getMap('things').set(`n${dice.below(6)}`, node(dice)),
  remove: (doc, dice) => doc.getMap('things').delete(`n${dice.below(6)}`),
  replace: (doc, dice) => doc.getMap('things').set(`n${dice.below(6)}`, value(dice)),
  within: (doc, dice) => {
    const found = doc.getMap('things').get(`n${dice.below(6)}`)
    if (!(found instanceof Y.Map)) return
    const what = dice.below(4)
    if (what === 0) found.set('pos', [dice.below(100), dice.below(100)])
    if (what === 1) found.delete('type')
    const prompt = found.get('params')?.get('prompt')
    if (prompt && what >= 2) (what === 2 ? type : erase)(dice, prompt)
  }
}
const NAMES = Object.keys(EDITS)

/** One transaction beside a bot that edits the graph. */
export const editGraph = (doc, dice) => {
  if (dice.chance(0.5)) return edit(doc, dice)
  doc.transact(() => dice.one([write, move])(doc, dice))
}

/** One transaction of one to three random edits. */
export const edit = (doc, dice) =>
  doc.transact(() => {
    for (let left = 1 + dice.below(3); left > 0; left--) EDITS[dice.one(NAMES)](doc, dice)
  })

/** What a document holds, and whether it waits for something that never comes. */
export const view = (doc) => ({
  nodes: doc.getMap('nodes').toJSON(),
  edges: doc.getMap('edges').toJSON(),
  things: doc.getMap('things').toJSON(),
  list: doc.getArray('list').toJSON(),
  text: doc.getText('text').toString(),
  pending: doc.store.pendingStructs !== null || doc.store.pendingDs !== null
})

export const makeDoc = (client) => {
  const doc = new Y.Doc()
  if (client !== undefined) doc.clientID = client
  return doc
}
