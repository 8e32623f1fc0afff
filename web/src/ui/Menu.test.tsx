import { fireEvent, render, screen } from '@testing-library/react'
import { expect, it, vi } from 'vitest'

import { IconButton } from './IconButton'
import { ContextMenu, Menu, type MenuItems } from './Menu'
import { violations } from './violations'

const itemsOf = (run: (id: string) => void): MenuItems => [
  [
    { id: 'copy', label: 'Copy', run: () => run('copy') },
    { id: 'paste', label: 'Paste', disabled: true, run: () => run('paste') },
  ],
  [{ id: 'delete', label: 'Delete', danger: true, run: () => run('delete') }],
]

it('is walked by arrow keys and letters, past what is greyed, and gives the focus back', async () => {
  const run = vi.fn()
  render(<Menu trigger={<IconButton label="More" icon={<i />} />} items={itemsOf(run)} />)
  const button = screen.getByRole('button', { name: 'More' })
  button.focus()
  fireEvent.click(button)
  const menu = screen.getByRole('menu', { name: 'More' })
  expect(button.getAttribute('aria-expanded')).toBe('true')
  expect(await violations()).toEqual([])
  fireEvent.keyDown(menu, { key: 'ArrowDown' })
  fireEvent.keyDown(document.activeElement ?? menu, { key: 'ArrowDown' })
  expect(document.activeElement?.textContent).toBe('Delete')
  fireEvent.keyDown(document.activeElement ?? menu, { key: 'Home' })
  fireEvent.keyDown(document.activeElement ?? menu, { key: 'd' })
  fireEvent.keyDown(document.activeElement ?? menu, { key: 'Enter' })
  expect(run.mock.calls).toEqual([['delete']])
  expect(screen.queryByRole('menu')).toBeNull()
  expect(document.activeElement).toBe(button)
})

it('does nothing for a greyed item, and closes with Escape or a press elsewhere', () => {
  const run = vi.fn()
  render(
    <>
      <Menu trigger={<button type="button">Open</button>} items={itemsOf(run)} />
      <p>Elsewhere</p>
    </>,
  )
  const button = screen.getByRole('button', { name: 'Open' })
  fireEvent.click(button)
  fireEvent.click(screen.getByRole('menuitem', { name: 'Paste' }))
  expect(run).not.toHaveBeenCalled()
  fireEvent.keyDown(screen.getByRole('menu'), { key: 'Escape' })
  expect(screen.queryByRole('menu')).toBeNull()
  fireEvent.click(button)
  fireEvent.pointerDown(screen.getByText('Elsewhere'))
  expect(screen.queryByRole('menu')).toBeNull()
})

it('opens where one clicks with the right button', () => {
  const run = vi.fn()
  render(
    <ContextMenu items={itemsOf(run)}>
      <div>Ground</div>
    </ContextMenu>,
  )
  fireEvent.contextMenu(screen.getByText('Ground'), { clientX: 40, clientY: 50 })
  fireEvent.click(screen.getByRole('menuitem', { name: 'Copy' }))
  expect(run.mock.calls).toEqual([['copy']])
})
