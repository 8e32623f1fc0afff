// @vitest-environment jsdom
import { describe, expect, it, vi } from 'vitest'
import { OpenGraph } from '@/document/openGraph'
import type { NodeType } from '@/document/schema.gen'
import type { Desk } from './command'
import { commandOf, commands, isAvailable, titleNow } from './commands'
import { showInEditor, useEditorView } from './editorView'
import { matches } from './keys'

const me = { id: 'ann', name: 'Ann', colour: '#336699', kind: 'person' as const }
const press = (key: string, more: Partial<KeyboardEvent> = {}) => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
})

function desk(role: 'editor' | 'viewer' = 'editor'): Desk {
  const graph = new OpenGraph({ id: 'g', me, role, types: [], server: 'ws://127.0.0.1:9', keepOfflineCopy: false })
  return { graph, go: vi.fn(), setTheme: vi.fn(), complain: vi.fn() }
}

describe('keys', () => {
  it('mean what they say, with Ctrl or Command', () => {
    expect(matches('Mod+Z', press('z', { ctrlKey: true }))).toBe(true)
    expect(matches('Mod+Z', press('z', { metaKey: true }))).toBe(true)
    expect(matches('Mod+Z', press('Z', { ctrlKey: true, shiftKey: true }))).toBe(false)
    expect(matches('Mod+Shift+Z', press('Z', { ctrlKey: true, shiftKey: true }))).toBe(true)
    expect(matches('?', press('?', { shiftKey: true }))).toBe(true)
    expect(matches('Shift+1', press('!', { code: 'Digit1', shiftKey: true }))).toBe(true)
    expect(matches('Mod++', press('+', { ctrlKey: true, shiftKey: true }))).toBe(true)
    expect(matches('Enter', press('Enter', { altKey: true }))).toBe(false)
  })

  it('are found where Alt makes another sign of a letter, and by what they type elsewhere (WEB-52)', () => {
    expect(matches('Alt+A', press('å', { code: 'KeyA', altKey: true }))).toBe(true)
    expect(matches('Alt+Shift+V', press('◊', { code: 'KeyV', altKey: true, shiftKey: true }))).toBe(true)
    expect(matches('Mod+Alt+C', press('ç', { code: 'KeyC', altKey: true, metaKey: true }))).toBe(true)
    // The keys A and Q of an AZERTY keyboard.
    expect(matches('Alt+A', press('a', { code: 'KeyQ', altKey: true }))).toBe(true)
    expect(matches('Alt+A', press('q', { code: 'KeyA', altKey: true }))).toBe(false)
  })
})

describe('groups', () => {
  const threeInARow = (here: Desk) => {
    const { document } = here.graph
    for (const [at, id] of ['a', 'b', 'c'].entries()) document.addNode('Log', { id, name: id.toUpperCase(), pos: [at * 300, 0] })
    document.connect({ source: 'a', target: 'b' })
    document.connect({ source: 'b', target: 'c' })
  }

  it('are made of what is selected and taken apart again, each as one step', async () => {
    const here = desk()
    threeInARow(here)
    const { document, selection, undo } = here.graph
    selection.set(['a', 'b'])
    const focused: string[] = []
    const letGo = here.graph.camera.operate((request) => request.kind === 'focus' && focused.push(request.id), () => [0, 0])
    await commandOf('group').run(here)
    const [made = ''] = selection.ids
    expect(document.node(made)?.type).toBe('Group')
    expect(document.node('a')?.parent).toBe(made)
    expect(isAvailable(commandOf('ungroup'), here)).toBe(true)
    await commandOf('ungroup').run(here)
    expect([...selection.ids].sort()).toEqual(['a', 'b'])
    // What had the focus is gone, or stands elsewhere in the page.
    expect(focused).toEqual([made, [...selection.ids][0]])
    letGo()
    undo.undo()
    expect(document.node('a')?.parent).toBe(made)
    undo.undo()
    expect(document.allNodes().map((node) => node.id)).toEqual(['a', 'b', 'c'])
    here.graph.close()
  })

  it('take nodes in and let them out by key, with their edges', async () => {
    const here = desk()
    threeInARow(here)
    const { document, selection, undo } = here.graph
    document.addNode('Group', { id: 'box', pos: [0, 400] })
    here.graph.store.flush()
    selection.set(['b'])
    await commandOf('put-in').run(here)
    expect(document.node('b')?.parent).toBe('box')
    expect(document.node('box')?.ports).toEqual({ inputs: ['input'], outputs: ['output'] })
    here.graph.store.flush()
    await commandOf('take-out').run(here)
    expect(document.node('b')?.parent).toBeNull()
    expect(document.allEdges().map(({ source, target }) => source + target)).toEqual(['ab', 'bc'])
    undo.undo()
    undo.undo()
    expect(document.node('b')).toMatchObject({ parent: null, pos: [300, 0] })
    here.graph.close()
  })

  it('are not made when they would wait for themselves, and it is said why', async () => {
    const here = desk()
    threeInARow(here)
    here.graph.selection.set(['a', 'c'])
    await commandOf('group').run(here)
    expect(here.graph.document.allNodes()).toHaveLength(3)
    const [title, error] = vi.mocked(here.complain).mock.calls[0] ?? []
    expect(title).toBe('This group would wait for itself')
    expect(String(error)).toContain('“B”')
    here.graph.close()
  })
})

describe('the table of commands', () => {
  it('has one command per id and one meaning per key', () => {
    const ids = commands.map((command) => command.id)
    expect(new Set(ids).size).toBe(ids.length)
    const keys = commands.flatMap((command) => command.keys ?? [])
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('lets a viewer look but not change', () => {
    const viewer = desk('viewer')
    viewer.graph.document.addNode('Log', { id: 'a' })
    viewer.graph.selection.set(['a'])
    const allowed = commands.filter((command) => isAvailable(command, viewer)).map((command) => command.id)
    expect(allowed).toContain('copy')
    for (const id of ['group', 'ungroup', 'delete', 'cut', 'paste', 'duplicate', 'run', 'nudge-ArrowLeft-1']) expect(allowed).not.toContain(id)
    viewer.graph.close()
  })

  it('nudges, duplicates and deletes the selection, each as one step to take back', () => {
    const here = desk()
    const { document, selection, undo } = here.graph
    document.addNode('Log', { id: 'a', pos: [0, 0] })
    selection.set(['a'])
    void commandOf('nudge-ArrowRight-1').run(here)
    expect(document.node('a')?.pos).toEqual([8, 0])
    void commandOf('duplicate').run(here)
    expect(document.allNodes()).toHaveLength(2)
    expect(selection.has('a')).toBe(false)
    void commandOf('delete').run(here)
    expect(document.allNodes()).toHaveLength(1)
    undo.undo()
    undo.undo()
    expect(document.allNodes().map((node) => node.id)).toEqual(['a'])
    expect(document.node('a')?.pos).toEqual([8, 0])
    here.graph.close()
  })
})

describe('panels', () => {
  it('are hidden by one press, whatever they show', () => {
    const here = desk()
    for (const tab of ['inspector', 'comments', 'activity']) {
      showInEditor({ rightPanel: tab, leftPanel: 'outline' })
      void commandOf('toggle-right').run(here)
      void commandOf('toggle-left').run(here)
      expect(useEditorView.getState()).toMatchObject({ rightPanel: null, leftPanel: null })
    }
    here.graph.close()
  })
})

it('says what runs with the selected node: what it needs, or what follows from it (RUN-3)', () => {
  const chat = { type: 'Chat', body: 'chat' } as NodeType
  const graph = new OpenGraph({ id: 'g', me, role: 'editor', types: [chat], server: 'ws://127.0.0.1:9', keepOfflineCopy: false })
  const here = { ...desk(), graph }
  const title = () => titleNow(commandOf('run-here'), here)
  graph.document.addNode('Chat', { id: 'chat' })
  graph.document.addNode('Log', { id: 'log' })

  expect(title()).toBe('Run the selected node')
  graph.selection.set(['log'])
  expect(title()).toBe('Run the selected node: with what it needs')
  graph.selection.set(['chat'])
  expect(title()).toBe('Run the selected node: and what follows')
  graph.document.setMeta({ execution: 'cascade' })
  graph.selection.set(['log'])
  expect(title()).toBe('Run the selected node: and what follows')
  graph.close()
})
