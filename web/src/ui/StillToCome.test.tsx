import { act, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { useInVain } from './later'
import { StillToCome } from './StillToCome'
import { violations } from './violations'

const forget = () => {
  useInVain.setState({ tries: 0, why: 'away' })
}
beforeEach(forget) // what another file asked for may have failed since it ended
afterEach(forget)

it('WEB-30: says in the place of a part why it does not come, once it was asked for in vain', async () => {
  const { container } = render(
    <main>
      <h1>A panel</h1>
      <StillToCome orElse="; Escape gives it up" />
    </main>,
  )
  expect(container.textContent).toBe('A panel')

  act(() => useInVain.setState({ tries: 1 }))
  expect(screen.getByRole('status').textContent).toBe('The server can’t be reached. This opens when it can; Escape gives it up.')
  expect(screen.queryByRole('button')).toBeNull()

  act(() => useInVain.setState({ why: 'updated' }))
  expect(screen.getByRole('status').textContent).toContain('Flowroom was updated.')
  expect(screen.getByRole('button', { name: 'Reload' })).toBeDefined()
  expect(await violations()).toEqual([])
})
