// WEB-15 of docs/spec.md.

import { render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { FakeServer } from '@/api/FakeServer'
import { showInEditor } from '@/commands/editorView'
import type { OpenGraph } from '@/document/openGraph'
import { InGraph, openTestGraph } from '@/nodes/testGraph'
import '@/ui/jsdomShims'

import { ThreadPopover } from './ThreadPopover'

let graph: OpenGraph
let server: FakeServer
beforeEach(() => {
  vi.spyOn(document.documentElement, 'clientHeight', 'get').mockReturnValue(600)
  server = new FakeServer().start()
  graph = openTestGraph()
  showInEditor({ talk: { where: 'pin', anchor: { type: 'canvas', at: [0, 0] }, thread: null } })
})
afterEach(() => {
  showInEditor({ talk: null })
  graph.close()
  server.stop()
  vi.restoreAllMocks()
})

/** A pin as the canvas draws it, so far down. */
function Pin({ top }: { top: number }) {
  const place = (pin: HTMLElement | null) => {
    if (pin !== null) pin.getBoundingClientRect = () => new DOMRect(0, top, 0, 0)
  }
  return <button type="button" data-pin="canvas:0,0" ref={place} />
}

it('stands beside its pin again when that was out of view and is drawn anew', async () => {
  const page = (top: number) => (
    <InGraph graph={graph}>
      <Pin key={top} top={top} />
      <ThreadPopover />
    </InGraph>
  )
  const { rerender } = render(page(100))
  const standsAt = (top: string) => waitFor(() => expect(screen.getByRole('dialog', { name: 'New comment' }).style.top).toBe(top))
  await standsAt('100px')
  rerender(page(200))
  await standsAt('200px')
})
