// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { applyAwarenessUpdate, Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { PresenceChannel } from './presence'

const user = (name: string) => ({ id: name, name, colour: '#336699', kind: 'person' as const })

function pair() {
  const [here, there] = [new Awareness(new Y.Doc()), new Awareness(new Y.Doc())]
  there.on('update', ({ added, updated, removed }: Record<string, number[]>) => {
    const changed = [...(added ?? []), ...(updated ?? []), ...(removed ?? [])]
    applyAwarenessUpdate(here, encodeAwarenessUpdate(there, changed), 'wire')
  })
  return { ann: new PresenceChannel(here, user('Ann')), ben: new PresenceChannel(there, user('Ben')), there }
}

const frame = () => new Promise((resolve) => requestAnimationFrame(() => resolve(undefined)))

describe('presence', () => {
  it('shows the other and keeps the same rows while only a cursor moves', async () => {
    const { ann, ben, there } = pair()
    await frame()
    const before = ann.peers
    expect(before.map((peer) => peer.user.name)).toEqual(['Ben'])
    ben.set({ cursor: [3, 4] })
    await expect.poll(() => ann.motion(there.clientID).cursor).toEqual([3, 4])
    expect(ann.peers).toBe(before)
  })

  it('sends at most thirty times a second, and the last word always', async () => {
    const { ann, ben, there } = pair()
    let sent = 0
    there.on('update', () => sent++)
    for (let x = 0; x <= 200; x++) ben.set({ cursor: [x, 0] })
    await expect.poll(() => ann.motion(there.clientID).cursor).toEqual([200, 0])
    expect(sent).toBeLessThanOrEqual(2)
  })

  it('passes over a stranger’s state of the wrong shape', async () => {
    const { ann, there } = pair()
    there.setLocalState({ user: { id: 'x', name: 'X', colour: 'url(evil)' }, cursor: 'here', selection: [1, 'a'], drag: 3 })
    await expect.poll(() => ann.peers[0]?.selection).toEqual(['a'])
    expect(ann.peers[0]?.user.colour).toBe('#8d8d9c')
    expect(ann.motion(there.clientID)).toEqual({ cursor: null, drag: null, viewport: null })
  })
})
