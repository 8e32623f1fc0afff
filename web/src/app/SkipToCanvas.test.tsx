import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import { expect, it } from 'vitest'

import { SkipToCanvas } from './SkipToCanvas'

it('leads the keyboard past the bar and the panels (WEB-48)', async () => {
  render(
    <>
      <SkipToCanvas />
      <div data-testid="canvas" tabIndex={-1} />
    </>,
  )
  fireEvent.click(screen.getByRole('button', { name: 'Skip to the canvas' }))
  await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('canvas')))
})
