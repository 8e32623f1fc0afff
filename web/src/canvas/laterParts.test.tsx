import { render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { LaterMiniMap } from './laterParts'
import type { Scene } from './scene'

// React tells of what was caught.
beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
})
afterEach(() => {
  vi.restoreAllMocks()
})

it('WEB-29: a minimap that breaks leaves the canvas as it is', async () => {
  render(
    <>
      <p>The cards</p>
      <LaterMiniMap scene={{ nodes: { size: 1 } } as unknown as Scene} />
    </>,
  )
  expect((await screen.findByRole('alert')).textContent).toContain('This part broke.')
  expect(screen.getByText('The cards')).toBeDefined()
})
