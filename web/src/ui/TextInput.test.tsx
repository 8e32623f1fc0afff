import { fireEvent, render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'

import { DraftInput } from './TextInput'

function setUp() {
  const written: string[] = []
  render(<DraftInput aria-label="Name" value="before" onCommit={(value) => written.push(value)} />)
  const input = screen.getByRole<HTMLInputElement>('textbox', { name: 'Name' })
  return { written, input }
}

it('writes once, when it is left, however many letters were typed', () => {
  const { written, input } = setUp()
  fireEvent.change(input, { target: { value: 'a' } })
  fireEvent.change(input, { target: { value: 'after' } })
  expect(written).toEqual([])
  fireEvent.blur(input)
  expect(written).toEqual(['after'])
})

it('takes the draft back on Escape', () => {
  const { written, input } = setUp()
  fireEvent.change(input, { target: { value: 'after' } })
  fireEvent.keyDown(input, { key: 'Escape' })
  fireEvent.blur(input)
  expect(written).toEqual([])
  expect(input.value).toBe('before')
})
