import { act, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { Floating } from './Floating'

/** An observer whose news the test brings. */
class ToldResizeObserver implements ResizeObserver {
  static tell: (() => void)[] = []
  private readonly news: () => void
  constructor(callback: ResizeObserverCallback) {
    this.news = () => callback([], this)
  }
  observe() {
    ToldResizeObserver.tell.push(this.news)
  }
  unobserve() {}
  disconnect() {
    ToldResizeObserver.tell = ToldResizeObserver.tell.filter((one) => one !== this.news)
  }
}

let height = 0

beforeEach(() => {
  vi.stubGlobal('ResizeObserver', ToldResizeObserver)
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockImplementation(() => height)
  vi.spyOn(document.documentElement, 'clientHeight', 'get').mockReturnValue(600)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

it('WEB-15: moves up when what it shows grows, so that its end stays in the window', () => {
  height = 100
  render(
    <Floating anchor={{ left: 0, top: 480, width: 0, height: 0 }} side="right" align="start" role="dialog">
      A thread
    </Floating>,
  )
  const layer = screen.getByRole('dialog')
  expect(layer.style.top).toBe('480px')

  height = 300
  act(() => ToldResizeObserver.tell.forEach((tell) => tell()))

  expect(layer.style.top).toBe('292px')
})

it('WEB-15: stays where it was when what it stands beside is out of view, though it grows', () => {
  height = 100
  const pin = document.body.appendChild(document.createElement('button'))
  vi.spyOn(pin, 'getBoundingClientRect').mockImplementation(() => new DOMRect(0, pin.isConnected ? 200 : 0, 0, 0))
  render(
    <Floating anchor={pin} side="right" align="start" role="dialog">
      A thread
    </Floating>,
  )
  pin.remove()
  height = 150
  act(() => ToldResizeObserver.tell.forEach((tell) => tell()))
  expect(screen.getByRole('dialog').style.top).toBe('200px')
})

it('watches nothing any more once it is gone', () => {
  const { unmount } = render(<Floating anchor={{ left: 0, top: 0, width: 0, height: 0 }}>Gone soon</Floating>)
  unmount()
  expect(ToldResizeObserver.tell).toEqual([])
})

it('WEB-47: a window that opens from a bar stands below the bar; what only says something stands at its button', () => {
  height = 100
  const bar = document.body.appendChild(document.createElement('div'))
  bar.dataset['bar'] = ''
  const button = bar.appendChild(document.createElement('button'))
  vi.spyOn(bar, 'getBoundingClientRect').mockReturnValue(new DOMRect(0, 0, 800, 52))
  vi.spyOn(button, 'getBoundingClientRect').mockReturnValue(new DOMRect(40, 8, 36, 36))
  render(
    <>
      <Floating anchor={button} role="dialog" onDismiss={() => undefined}>
        Notifications
      </Floating>
      <Floating anchor={button} role="tooltip">
        Notifications
      </Floating>
    </>,
  )
  expect([screen.getByRole('dialog').style.top, screen.getByRole('tooltip').style.top]).toEqual(['58px', '50px'])
  bar.remove()
})
