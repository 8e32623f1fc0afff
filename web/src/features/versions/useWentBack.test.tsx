// WEB-45 of docs/spec.md.

import { render, waitFor } from '@testing-library/react'
import { act } from 'react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { applyAwarenessUpdate, Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'

import { FakeServer } from '@/api/FakeServer'
import type { Version } from '@/api/versions'
import { useEditorView } from '@/commands/editorView'
import type { OpenGraph } from '@/document/openGraph'
import { PresenceChannel } from '@/document/presence'
import { InGraph, openTestGraph } from '@/nodes/testGraph'
import { toast } from '@/ui/toast'

import { useWentBack } from './useWentBack'

const later = Date.now() / 1000 + 60
const version = (id: string, label: string, at = later): Version => {
  return { id, label, author: 'Bo', at, epoch: 1, size: 99, reason: 'kept', title: 'Plan', nodes: 1, edges: 0 }
}

let graph: OpenGraph
let server: FakeServer
let told: string[]

beforeEach(() => {
  graph = openTestGraph('viewer')
  const items = [version('v', 'Before going back to Lunch'), version('w', 'Tea'), version('old', 'Before going back to Tea', 1)]
  server = new FakeServer().on('GET /api/graphs/g/versions', { body: { items, next: null } }).start()
  told = []
  vi.spyOn(toast, 'info').mockImplementation((title, details) => {
    told.push(title)
    details?.action?.onClick()
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  server.stop()
  graph.close()
  useEditorView.setState({ dialog: null })
})

function Listener() {
  useWentBack()
  return null
}

/** Someone is in the graph, and shows that they went back. */
function show(id: string, wentBack: string): void {
  const theirs = new Awareness(new Y.Doc())
  const presence = new PresenceChannel(theirs, { id, name: id, colour: '#336699', kind: 'person' })
  presence.set({ wentBack })
  act(() => applyAwarenessUpdate(graph.connection.awareness, encodeAwarenessUpdate(theirs, [theirs.clientID]), 'wire'))
  presence.close()
  theirs.destroy()
}

const listen = () =>
  render(
    <InGraph graph={graph}>
      <Listener />
    </InGraph>,
  )
const asked = (times: number) => waitFor(() => expect(server.asked).toHaveLength(times))

it('tells once who went back to which version, as the server has it, and leads to the versions', async () => {
  listen()
  show('bo', 'v')
  await waitFor(() => expect(told).toEqual(['Bo went back to “Lunch”']))
  expect(useEditorView.getState().dialog).toBe('versions')
  show('eve', 'v')
  show('eve', 'old')
  await asked(2)
  expect(told).toHaveLength(1)
})

it('tells nothing of what one did oneself in another tab, did not happen, or happened before one came', async () => {
  listen()
  show('me', 'v')
  for (const id of ['w', 'old', 'none such']) show(id, id)
  await asked(3)
  show('bo', 'v')
  await waitFor(() => expect(told).toEqual(['Bo went back to “Lunch”']))
})
