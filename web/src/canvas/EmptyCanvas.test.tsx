import { render, screen } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'

import { showInEditor } from '@/commands/editorView'
import { InGraph, openTestGraph } from '@/nodes/testGraph'

import { EmptyCanvas } from './EmptyCanvas'

const graph = openTestGraph()
afterEach(() => graph.close())

it('says to drag from the left only where there is something to drag', () => {
  const view = () => (
    <InGraph graph={graph}>
      <EmptyCanvas />
    </InGraph>
  )
  showInEditor({ leftPanel: 'add' })
  const { rerender } = render(view())
  expect(screen.getByText('Drag a node in from the left')).toBeDefined()
  showInEditor({ leftPanel: null })
  rerender(view())
  expect(screen.queryByText('Drag a node in from the left')).toBeNull()
})
