import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import { useState } from 'react'
import { expect, it } from 'vitest'

import { ConfirmDialog } from './ConfirmDialog'
import './jsdomShims'
import { violations } from './violations'

function Page() {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Delete
      </button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title="Delete “Orders”?"
        loses="Its 3 nodes are lost."
        action="Delete graph"
        onConfirm={() => setOpen(false)}
      />
    </>
  )
}

it('gives the focus back to what had it before, though no Radix trigger opened it', async () => {
  render(<Page />)
  const button = screen.getByRole('button', { name: 'Delete' })
  button.focus()
  fireEvent.click(button)
  const dialog = await screen.findByRole('dialog', { name: 'Delete “Orders”?' })
  expect(dialog.contains(document.activeElement)).toBe(true)
  expect(await violations()).toEqual([])
  fireEvent.keyDown(dialog, { key: 'Escape' })
  await waitFor(() => expect(document.activeElement).toBe(button))
})
