// What y-protocols makes of awareness frames, without a socket.
import * as Y from 'yjs'
import * as awarenessProtocol from 'y-protocols/awareness'

const people = new Map()

/** A new awareness under a name; answers its client id. */
export const meet = ({ name, client }) => {
  const doc = new Y.Doc()
  doc.clientID = client
  const awareness = new awarenessProtocol.Awareness(doc)
  awareness.setLocalState(null)
  people.set(name, awareness)
  return client
}

/** Take an awareness update from the wire; answers the states it leaves, by client id. */
export const hear = ({ name, payload }) => {
  const awareness = people.get(name)
  awarenessProtocol.applyAwarenessUpdate(awareness, new Uint8Array(Buffer.from(payload, 'base64')), 'wire')
  return Object.fromEntries(awareness.getStates())
}

/** Set one's own state; answers the awareness update that tells it. */
export const say = ({ name, state }) => {
  const awareness = people.get(name)
  awareness.setLocalState(state)
  return Buffer.from(awarenessProtocol.encodeAwarenessUpdate(awareness, [awareness.clientID])).toString('base64')
}

/** What a stock client repeats to the server: everything it knows. */
export const repeat = ({ name }) => {
  const awareness = people.get(name)
  const known = [...awareness.getStates().keys()]
  return Buffer.from(awarenessProtocol.encodeAwarenessUpdate(awareness, known)).toString('base64')
}

/** Forget the others, as y-websocket does when its socket closes. */
export const hangUp = ({ name }) => {
  const awareness = people.get(name)
  const others = [...awareness.getStates().keys()].filter((client) => client !== awareness.clientID)
  awarenessProtocol.removeAwarenessStates(awareness, others, 'offline')
}

export const part = ({ name }) => {
  people.get(name).destroy()
  people.delete(name)
}
