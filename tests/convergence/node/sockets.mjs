// Stock y-websocket clients, driven from outside.
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { editGraph, makeDice, makeDoc, view } from './editing.mjs'

const clients = new Map()

/** Connect a client under a name. `url` and `room` as WebsocketProvider takes them, `token` as a query parameter. */
export const join = ({ name, url, room, token, seed, state }) => {
  const doc = makeDoc()
  const promises = { waiting: new Map(), echoed: [] }
  const provider = new WebsocketProvider(url, room, doc, {
    WebSocketPolyfill: listening(promises),
    params: { token },
    disableBc: true,
    maxBackoffTime: 300
  })
  if (state) provider.awareness.setLocalState(state)
  const client = { doc, provider, dice: makeDice(seed ?? 1), closed: null, promises }
  provider.on('closed', (event) => { client.closed = event })
  clients.set(name, client)
  return doc.clientID
}

/** Resolves, with the milliseconds it took, when these clients have synced, or all of them. */
export const synced = ({ names, deadline = 10000 }) => {
  const wanted = names ?? [...clients.keys()]
  const done = () => wanted.every((name) => clients.get(name).provider.synced)
  const refused = () => wanted.map((name) => clients.get(name).closed).find((event) => event !== null)
  return until(done, deadline, refused, () => wanted.filter((name) => !clients.get(name).provider.synced))
}

const until = (done, deadline, refused, missing) =>
  new Promise((resolve, reject) => {
    const begin = Date.now()
    const look = () => {
      if (done()) return resolve(Date.now() - begin)
      const event = refused()
      if (event) return reject(new Error(`closed for good: ${event.code} ${event.reason}`))
      if (Date.now() - begin > deadline) return reject(new Error(`not synced in ${deadline} ms: ${missing()}`))
      setTimeout(look, 5)
    }
    look()
  })

export const change = ({ name, count = 1 }) => {
  const { doc, dice } = clients.get(name)
  for (let left = count; left > 0; left--) editGraph(doc, dice)
}

/** A WebSocket that notices when an update comes back from the server: its key is promised from then on. */
const listening = (promises) =>
  class extends WebSocket {
    constructor (...address) {
      super(...address)
      this.on('message', (data) => {
        const frame = Buffer.from(data)
        if (frame[0] !== 0 || frame[1] !== 2) return
        for (const [update, key] of promises.waiting) {
          if (frame.subarray(-update.length).equals(update)) {
            promises.echoed.push(key)
            promises.waiting.delete(update)
          }
        }
      })
    }
  }

/** Set a key that nobody ever removes. */
export const keep = ({ name, key }) => {
  const { doc, promises } = clients.get(name)
  doc.once('update', (update) => promises.waiting.set(Buffer.from(update), key))
  doc.getMap('kept').set(key, 1)
}

/** The keys that a client holds, and those of its own that the server has echoed. */
export const kept = ({ name }) => {
  const { doc, promises } = clients.get(name)
  return { held: [...doc.getMap('kept').keys()], echoed: promises.echoed }
}

/** Resolves when a client is in step and holds this list and these kept keys. */
export const holding = ({ name, list, keys, deadline = 10000 }) => {
  const { doc, provider, closed } = clients.get(name)
  const held = () => JSON.stringify([doc.getArray('list').toJSON(), [...doc.getMap('kept').keys()].sort()])
  const wanted = JSON.stringify([list, keys.sort()])
  return until(() => provider.synced && held() === wanted, deadline, () => closed, held)
}

/** Cut the connection as a dead network does: nobody says good-bye. */
export const terminate = ({ name }) => {
  clients.get(name).provider.ws?.terminate?.()
}

export const disconnect = ({ name }) => clients.get(name).provider.disconnect()

export const reconnect = ({ name }) => clients.get(name).provider.connect()

export const look = ({ name }) => {
  const { doc, provider, closed } = clients.get(name)
  return { view: view(doc), synced: provider.synced, closed: closed?.code ?? null }
}

export const setPresence = ({ name, state }) => clients.get(name).provider.awareness.setLocalState(state)

export const presences = ({ name }) => Object.fromEntries(clients.get(name).provider.awareness.getStates())

export const leave = ({ name }) => {
  const { doc, provider } = clients.get(name)
  provider.destroy()
  doc.destroy()
  clients.delete(name)
}

/** A discussion as a stock client has it. */
export const threads = ({ name }) => {
  const { doc, closed } = clients.get(name)
  return { threads: doc.getMap('threads').toJSON(), closed: closed?.code ?? null }
}

/** Write into a discussion, which nobody may do over a socket. */
export const forge = ({ name, thread }) => {
  const { doc } = clients.get(name)
  doc.getMap('threads').set(thread, new Y.Map([['quote', 'forged']]))
}
