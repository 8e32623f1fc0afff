import { fireEvent, render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'

import { GraphDocument } from '@/document/graphDocument'

import { JsonInput } from './JsonInput'

it('WEB-51: keeps what can not be written as a draft, and says why', () => {
  const graph = new GraphDocument()
  const id = graph.addNode('JSON', { params: { value: 1 } })
  render(
    <>
      <span id="label">Value</span>
      <JsonInput id="value" aria-labelledby="label" value={1} disabled={false} onCommit={(value) => graph.setParam(id, 'value', value)} />
    </>,
  )
  const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Value' })
  const type = (text: string) => {
    fireEvent.change(field, { target: { value: text } })
    fireEvent.blur(field)
  }
  const deep = '['.repeat(33) + ']'.repeat(33)
  type(deep)
  expect(screen.getByRole('alert').textContent).toContain('Nothing was changed: A value nests more than 32 deep')
  expect(field.value).toBe(deep)
  type('[')
  expect(screen.getByRole('alert').textContent).toContain('Not JSON yet, so nothing was changed')
  type('[2]')
  expect(screen.queryByRole('alert')).toBeNull()
  expect(graph.node(id)?.params).toEqual({ value: [2] })
})
