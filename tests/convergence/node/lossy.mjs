// The honest half of the lossy replay: a session of yjs peers, and the judgement of what the server made of it.
import * as Y from 'yjs'
import { edit, makeDice, makeDoc, view } from './editing.mjs'

const encode = (bytes) => Buffer.from(bytes).toString('base64')
const decode = (text) => new Uint8Array(Buffer.from(text, 'base64'))

/** Peers edit and catch up with each other at random: every frame they sent, what each has at the end, and their union. */
export const session = ({ seed, peers, edits }) => {
  const dice = makeDice(seed)
  const docs = Array.from({ length: peers }, () => makeDoc(1 + dice.below(2 ** 32 - 1)))
  const frames = []
  for (const doc of docs) {
    doc.on('update', (update, origin) => {
      if (origin !== 'peer') frames.push(encode(update))
    })
  }
  for (let left = edits; left > 0; left--) {
    const doc = dice.one(docs)
    edit(doc, dice)
    if (dice.chance(0.3)) {
      const other = dice.one(docs)
      Y.applyUpdate(other, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(other)), 'peer')
    }
  }
  const states = docs.map((doc) => Y.encodeStateAsUpdate(doc))
  const all = makeDoc()
  for (const state of states) Y.applyUpdate(all, state)
  return { frames, states: states.map(encode), expected: view(all) }
}

/** What yjs makes of the server's state, and of the updates that the server emitted. */
export const judge = ({ state, emitted }) => {
  const joiner = makeDoc()
  Y.applyUpdate(joiner, decode(state))
  const fed = makeDoc()
  for (const update of emitted) Y.applyUpdate(fed, decode(update))
  return { joiner: view(joiner), fed: view(fed) }
}
