import { fireEvent, render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'

import { useKeptText } from './useKeptText'

function Line({ about }: { about: string }) {
  const [text, setText] = useKeptText(about)
  return <input aria-label="Line" value={text} onChange={(event) => setText(event.target.value)} />
}
const line = () => screen.getByLabelText<HTMLInputElement>('Line')

it('WEB-18: what was begun is there when its window opens again, and nowhere else, until it is sent', () => {
  const first = render(<Line about="version:g" />)
  fireEvent.change(line(), { target: { value: 'Before the' } })
  first.unmount()
  const other = render(<Line about="version:h" />)
  expect(line().value).toBe('')
  other.unmount()
  const again = render(<Line about="version:g" />)
  expect(line().value).toBe('Before the')
  fireEvent.change(line(), { target: { value: '' } })
  again.unmount()
  render(<Line about="version:g" />)
  expect(line().value).toBe('')
})
