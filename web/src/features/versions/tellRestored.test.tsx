// WEB-31 of docs/spec.md.

import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { FakeServer } from '@/api/FakeServer'
import type { Version } from '@/api/versions'
import { useEditorView } from '@/commands/editorView'
import { toast } from '@/ui/toast'

import { tellRestored } from './tellRestored'

const version = (reason: string, author: string, epoch: number): Version => {
  return { id: author, label: 'A label', author, at: 1, epoch, size: 99, reason, title: 'Plan', nodes: 1, edges: 0 }
}

let server: FakeServer
let told: (string | undefined)[]

beforeEach(() => {
  const items = [version('copy', 'Bo', 2), version('restore', 'Cy', 2), version('restore', 'Ada', 1)]
  server = new FakeServer().on('GET /api/graphs/g/versions', { body: { items, next: null } }).start()
  told = []
  vi.spyOn(toast, 'success').mockImplementation((_, details) => {
    told.push(details?.description)
    details?.action?.onClick()
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  server.stop()
  useEditorView.setState({ dialog: null })
})

it('tells who took the graph back, as the server has it of that time, and leads to the versions', async () => {
  await tellRestored('g', 2)
  expect(told).toEqual(['By Cy. What it was, and what only you had, is kept.'])
  expect(useEditorView.getState().dialog).toBe('versions')
})

it('tells it without a name where nothing was kept, and where the server can’t be asked', async () => {
  await tellRestored('g', 3)
  await tellRestored('none', 2)
  const unnamed = 'What it was, and what only you had, is kept.'
  expect(told).toEqual([unnamed, unnamed])
})
