// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyAwarenessUpdate, Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { layOut } from '@/canvas/scene'
import { OpenGraph, type Role } from '@/document/openGraph'
import type { Command, Desk } from './command'
import { commandOf, isAvailable } from './commands'
import { useEditorView } from './editorView'

const ann = { id: 'ann', name: 'Ann', colour: '#336699', kind: 'person' as const }
const types = [{ type: 'Group', container: true, inputs: [], outputs: [] }] as never

let graph: OpenGraph

function open(role: Role = 'editor') {
  graph = new OpenGraph({ id: 'g', me: ann, role, types, server: 'ws://127.0.0.1:9', keepOfflineCopy: false })
  graph.camera.operate(
    () => undefined,
    () => [0, 0],
    (id) => layOut(graph.store.nodes, [], graph.types).nodes.get(id)?.box,
  )
}

const desk = (): Desk => ({ graph, go: () => undefined, setTheme: () => undefined, complain: () => undefined })
const place = (id: string) => graph.document.node(id)?.pos

function add(places: Record<string, readonly [x: number, y: number, parent?: string]>, type = 'Log') {
  for (const [id, [x, y, parent = null]] of Object.entries(places)) graph.document.addNode(type, { id, name: id.toUpperCase(), pos: [x, y], parent })
  graph.store.flush()
}

async function run(id: string) {
  const command: Command = commandOf(id)
  expect(isAvailable(command, desk())).toBe(true)
  await command.run(desk())
  graph.store.flush()
}

beforeEach(() => open())
afterEach(() => graph.close())

describe('lining up', () => {
  it('moves what is selected, is one step to take back, and is said (WEB-52)', async () => {
    add({ a: [0, 0], b: [40, 200], c: [-8, 400], d: [500, 0] })
    graph.selection.set(['a', 'b', 'c'])
    await run('align-left')
    expect(['a', 'b', 'c', 'd'].map(place)).toEqual([[-8, 0], [-8, 200], [-8, 400], [500, 0]])
    await expect.poll(() => useEditorView.getState().said).toBe('Align left: 2 nodes moved.')
    expect(graph.undo.state.undoes).toBe('align 2 nodes')
    await run('align-left')
    await expect.poll(() => useEditorView.getState().said).toBe('Align left: nothing to move.')
    graph.undo.undo()
    expect(['a', 'b', 'c'].map(place)).toEqual([[0, 0], [40, 200], [-8, 400]])
    graph.store.flush()
    await run('distribute-y')
    expect(place('b')).toEqual([40, 200])
    expect(graph.undo.state.undoes).not.toBe('align 2 nodes')
  })

  it('is of each group by itself, and a group takes along what is in it (WEB-52)', async () => {
    add({ box: [1000, 1000], a: [0, 0] }, 'Group')
    add({ inner: [60, 80, 'box'], other: [100, 300, 'box'], b: [300, 40] })
    graph.selection.set(['inner', 'other', 'a', 'b'])
    await run('align-left')
    expect(['inner', 'other', 'a', 'b'].map(place)).toEqual([[60, 80], [60, 300], [0, 0], [0, 40]])
    graph.selection.set(['box', 'a', 'other'])
    await run('align-top')
    expect(place('box')).toEqual([1000, 0])
    expect(place('other')).toEqual([60, 300])
  })

  it('waits for two nodes of one level, three to make gaps equal, and an editor (WEB-52)', () => {
    const may = (id: string) => isAvailable(commandOf(id), desk())
    add({ box: [0, 0] }, 'Group')
    add({ a: [0, 400], b: [0, 600], inner: [40, 60, 'box'] })
    graph.selection.set(['a', 'inner'])
    expect(may('align-left')).toBe(false)
    graph.selection.set(['a', 'b'])
    expect([may('align-left'), may('distribute-x')]).toEqual([true, false])
    graph.selection.set(['a', 'b', 'box', 'inner'])
    expect(may('distribute-x')).toBe(true)
    graph.close()
    open('runner')
    add({ a: [0, 0], b: [40, 200] })
    graph.selection.set(['a', 'b'])
    expect(may('align-left')).toBe(false)
  })

  it('leaves to others what they are dragging (WEB-52)', async () => {
    const there = new Awareness(new Y.Doc())
    there.setLocalState({ user: { ...ann, id: 'ben', name: 'Ben' }, drag: { ids: ['a'], by: [8, 8] } })
    applyAwarenessUpdate(graph.connection.awareness, encodeAwarenessUpdate(there, [there.clientID]), 'wire')
    await expect.poll(() => graph.presence.peers.length).toBe(1)
    add({ a: [-400, 0], b: [40, 200], c: [0, 400] })
    graph.selection.set(['a', 'b', 'c'])
    await run('align-left')
    expect(['a', 'b', 'c'].map(place)).toEqual([[-400, 0], [0, 200], [0, 400]])
    there.destroy()
  })
})

it('moves by the arrow keys nothing twice that lies deep in a selected group', async () => {
  add({ outer: [0, 0], middle: [40, 60, 'outer'] }, 'Group')
  add({ deep: [40, 60, 'middle'] })
  graph.selection.set(['outer', 'deep'])
  await run('nudge-ArrowRight-1')
  expect([place('outer'), place('deep')]).toEqual([[8, 0], [40, 60]])
})
