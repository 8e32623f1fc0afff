import { fireEvent, render, screen } from '@testing-library/react'
import { expect, it, vi } from 'vitest'

import { Button } from './Button'

it('keeps the keyboard while it is busy, and refuses clicks', () => {
  const onClick = vi.fn()
  const { rerender } = render(<Button onClick={onClick}>Import</Button>)
  const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Import' })
  button.focus()

  rerender(
    <Button busy onClick={onClick}>
      Import
    </Button>,
  )

  expect(button.disabled).toBe(false)
  expect(button.getAttribute('aria-disabled')).toBe('true')
  expect(document.activeElement).toBe(button)
  fireEvent.click(button)
  expect(onClick).not.toHaveBeenCalled()
})

it('sends a form once, whether by a click or by Enter in a field', () => {
  const onSubmit = vi.fn((event: { preventDefault: () => void }) => event.preventDefault())
  const form = (busy: boolean) => (
    <form onSubmit={onSubmit}>
      <Button type="submit" busy={busy}>
        Send
      </Button>
    </form>
  )
  const { rerender } = render(form(false))
  fireEvent.click(screen.getByRole('button'))
  rerender(form(true))
  fireEvent.click(screen.getByRole('button'))
  expect(onSubmit).toHaveBeenCalledTimes(1)
})
