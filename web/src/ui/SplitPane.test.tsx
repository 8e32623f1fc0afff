import { fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { expect, it } from 'vitest'

import { SplitPane } from './SplitPane'
import { violations } from './violations'

function Page() {
  const [size, setSize] = useState(300)
  return (
    <SplitPane side="right" label="Width" size={size} onResize={setSize} min={200} max={400} panel={<p>panel</p>}>
      <p>main</p>
    </SplitPane>
  )
}

it('moves its edge with the arrow keys, between its limits', async () => {
  render(<Page />)
  const edge = screen.getByRole('separator', { name: 'Width' })
  fireEvent.keyDown(edge, { key: 'ArrowLeft' })
  expect(edge.getAttribute('aria-valuenow')).toBe('316')
  fireEvent.keyDown(edge, { key: 'End' })
  fireEvent.keyDown(edge, { key: 'ArrowLeft' })
  expect(edge.getAttribute('aria-valuenow')).toBe('400')
  expect(await violations()).toEqual([])
})
