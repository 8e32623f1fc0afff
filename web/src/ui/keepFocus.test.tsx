import { act, fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { Dialog } from './Dialog'
import './jsdomShims'
import { keepFocus } from './keepFocus'

let stop: () => void
beforeEach(() => {
  stop = keepFocus()
})
afterEach(() => stop())

const frames = () => act(async () => {
  for (let left = 4; left > 0; left--) await new Promise((done) => requestAnimationFrame(done))
})
const press = (name: string) => {
  const button = screen.getByRole('button', { name })
  button.focus()
  fireEvent.click(button)
}
const focused = () => document.activeElement?.textContent

function Rows({ names }: { names: string[] }) {
  const [left, setLeft] = useState(names)
  return (
    <main>
      <h1>People</h1>
      <ul>
        {left.map((name) => (
          <li key={name}>
            <a href="/">{name}</a>
            <button type="button" onClick={() => setLeft(left.filter((each) => each !== name))}>{`Remove ${name}`}</button>
          </li>
        ))}
      </ul>
    </main>
  )
}

it('is at the same button of the next row, then of the one before, then at the heading', async () => {
  render(<Rows names={['Ada', 'Bo', 'Cy']} />)
  press('Remove Bo')
  await frames()
  expect(focused()).toBe('Remove Cy')
  press('Remove Cy')
  await frames()
  expect(focused()).toBe('Remove Ada')
  press('Remove Ada')
  await frames()
  expect(focused()).toBe('People')
})

it('leaves alone whoever let go by a press on bare ground, and a focus that another has placed', async () => {
  render(<Rows names={['Ada', 'Bo', 'Cy']} />)
  const [bo, cy] = [screen.getByRole('button', { name: 'Remove Bo' }), screen.getByRole('button', { name: 'Remove Cy' })]
  bo.focus()
  fireEvent.pointerDown(screen.getByRole('heading'))
  bo.blur()
  fireEvent.click(bo)
  await frames()
  expect(document.activeElement).toBe(document.body)
  cy.focus()
  fireEvent.click(cy)
  screen.getByRole('link', { name: 'Ada' }).focus()
  await frames()
  expect(focused()).toBe('Ada')
})

function Maker() {
  const [step, setStep] = useState<'none' | 'asking' | 'secret'>('none')
  return (
    <main>
      <button type="button" onClick={() => setStep('asking')}>Invite</button>
      <Dialog open={step === 'asking'} onOpenChange={() => setStep('none')} title="Invite">
        <button type="button" onClick={() => setStep('secret')}>Make</button>
      </Dialog>
      <Dialog open={step === 'secret'} onOpenChange={() => setStep('none')} title="Made">
        <button type="button" onClick={() => setStep('none')}>Done</button>
      </Dialog>
    </main>
  )
}

it('is after a window that followed another where it was before the first', async () => {
  render(<Maker />)
  press('Invite')
  await frames()
  press('Make')
  await frames()
  press('Done')
  await frames()
  expect(focused()).toBe('Invite')
})

function Canvas() {
  const [there, setThere] = useState(true)
  return (
    <>
      <h1>A graph</h1>
      <div data-focus-home tabIndex={-1}>
        {there && <button type="button" onClick={() => setThere(false)}>Log</button>}
        <button type="button">Code</button>
      </div>
    </>
  )
}

it('is on the canvas after a node of it is gone', async () => {
  render(<Canvas />)
  press('Log')
  await frames()
  expect(document.activeElement?.hasAttribute('data-focus-home')).toBe(true)
})
