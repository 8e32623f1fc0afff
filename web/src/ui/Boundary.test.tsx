import { fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { Boundary } from './Boundary'
import { Dialog } from './Dialog'
import './jsdomShims'
import { Popover } from './Popover'
import { SplitPane } from './SplitPane'
import { Tabs } from './Tabs'
import { violations } from './violations'

const sentence = 'This part broke. Reload; your edits are safe.'

function Breaks(): never {
  throw new Error('as expected')
}

// React tells of what was caught.
beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
})
afterEach(() => {
  vi.restoreAllMocks()
})

it('WEB-29: says that a part broke, with a way to reload, and leaves the rest as it is', async () => {
  render(
    <main>
      <h1>The rest</h1>
      <Boundary>
        <Breaks />
      </Boundary>
    </main>,
  )
  expect(screen.getByRole('alert').textContent).toContain(sentence)
  expect(screen.getByRole('button', { name: 'Reload' })).toBeDefined()
  expect(screen.getByRole('heading', { name: 'The rest' })).toBeDefined()
  expect(await violations()).toEqual([])
})

it('WEB-29: closes a window whose content broke, and draws it anew when it is opened again', () => {
  const dialog = (open: boolean, content = <Breaks />) => (
    <Dialog open={open} onOpenChange={() => undefined} title="Share">
      {content}
    </Dialog>
  )
  const { rerender } = render(dialog(true))
  expect(screen.getByRole('dialog', { name: 'Share' }).textContent).toContain(sentence)
  rerender(dialog(false))
  rerender(dialog(true, <p>Whole</p>))
  expect(screen.getByText('Whole')).toBeDefined()
})

it('WEB-29: keeps what breaks inside its panel, its tab or its popover', () => {
  const tabs = [
    { id: 'one', label: 'One', content: <Breaks /> },
    { id: 'two', label: 'Two', content: 'Second' },
  ]
  const { rerender } = render(<Tabs label="Right panel" tabs={tabs} value="one" onChange={() => undefined} />)
  expect(screen.getByRole('tabpanel').textContent).toContain(sentence)
  rerender(<Tabs label="Right panel" tabs={tabs} value="two" onChange={() => undefined} />)
  expect(screen.getByRole('tabpanel').textContent).toBe('Second')

  rerender(
    <SplitPane side="left" label="Width" size={200} onResize={() => undefined} panel={<Breaks />}>
      Canvas
    </SplitPane>,
  )
  expect(screen.getByRole('alert').textContent).toContain(sentence)
  expect(screen.getByText('Canvas')).toBeDefined()

  rerender(
    <Popover label="Notifications" trigger={<button type="button">Bell</button>}>
      <Breaks />
    </Popover>,
  )
  fireEvent.click(screen.getByRole('button', { name: 'Bell' }))
  expect(screen.getByRole('dialog', { name: 'Notifications' }).textContent).toContain(sentence)
})
