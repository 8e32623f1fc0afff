import { act, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { IconButton } from './IconButton'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('says what a button is once the pointer rests on it, with its keys, and goes with a press', () => {
  render(<IconButton label="Undo" keys="Mod+Z" icon={<i />} />)
  const button = screen.getByRole('button', { name: 'Undo' })
  fireEvent.pointerEnter(button, { pointerType: 'mouse' })
  expect(screen.queryByRole('tooltip')).toBeNull()
  act(() => void vi.advanceTimersByTime(500))
  expect(screen.getByRole('tooltip').textContent).toBe('UndoCtrlZ')
  expect(button.getAttribute('aria-describedby')).toBe(screen.getByRole('tooltip').id)
  fireEvent.pointerDown(button)
  expect(screen.queryByRole('tooltip')).toBeNull()
})
