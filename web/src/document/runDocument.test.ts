import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { RunStore } from './runDocument'

describe('the rows of a run', () => {
  it('show streamed text and results by node id, also inside a container', () => {
    const engine = new Y.Doc()
    const watcher = new Y.Doc()
    engine.on('update', (update: Uint8Array) => Y.applyUpdate(watcher, update))
    const store = new RunStore('r1', watcher)
    const told: string[] = []
    store.subscribeNode('inner', () => told.push(store.node('inner')?.stream ?? ''))

    const text = new Y.Text('Once')
    engine.transact(() => {
      engine.getMap('run').set('status', 'running')
      engine.getMap('nodes').set('group/inner', { status: 'running' })
      engine.getMap('streams').set('group/inner', text)
    })
    store.flush()
    text.insert(4, ' upon')
    store.flush()

    expect(store.row?.status).toBe('running')
    expect(store.node('inner')).toMatchObject({ path: 'group/inner', status: 'running', entries: [] })
    expect(told).toEqual(['Once', 'Once upon'])
  })
})
