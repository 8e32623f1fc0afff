import { act, fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { expect, it } from 'vitest'

import { violations } from '@/ui/violations'

import { KeyValueInput, readPairs } from './KeyValueInput'

function Headers({ begin }: { begin: Record<string, string> }) {
  const [value, setValue] = useState(begin)
  return (
    <>
      <span id="label">Headers</span>
      <output>{JSON.stringify(value)}</output>
      <KeyValueInput labelledBy="label" value={readPairs(value)} disabled={false} onChange={setValue} />
    </>
  )
}

const written = () => JSON.parse(document.querySelector('output')?.textContent ?? '') as unknown
const field = (name: string) => screen.getByRole<HTMLInputElement>('textbox', { name })

function write(name: string, text: string, key: string): void {
  fireEvent.change(field(name), { target: { value: text } })
  fireEvent.keyDown(field(name), { key })
}

it.each(['Enter', 'Tab'])('goes on with the value after a new name and %s', (key) => {
  render(<Headers begin={{ Host: 'a' }} />)
  fireEvent.click(screen.getByRole('button', { name: 'Add' }))
  expect(document.activeElement).toBe(field('New name'))
  write('New name', ' Accept ', key)
  expect(written()).toEqual({ Host: 'a', Accept: '' })
  expect(document.activeElement).toBe(field('Value of Accept'))
  expect(screen.queryByRole('textbox', { name: 'New name' })).toBeNull()
})

it('keeps a new name that is left for another place, and leaves the keyboard there', () => {
  render(<Headers begin={{ Host: 'a' }} />)
  fireEvent.click(screen.getByRole('button', { name: 'Add' }))
  fireEvent.change(field('New name'), { target: { value: 'Accept' } })
  act(() => field('Name 1').focus())
  expect(written()).toEqual({ Host: 'a', Accept: '' })
  expect(document.activeElement).toBe(field('Name 1'))
})

it('refuses a new name that is there already, and loses neither it nor the value', async () => {
  render(<Headers begin={{ Host: 'a' }} />)
  fireEvent.click(screen.getByRole('button', { name: 'Add' }))
  write('New name', 'Host', 'Tab')
  expect(screen.getByRole('alert').textContent).toBe('“Host” is there already.')
  expect(document.activeElement).toBe(field('New name'))
  expect(field('New name').value).toBe('Host')
  expect(written()).toEqual({ Host: 'a' })
  expect(await violations()).toEqual([])
})

it('refuses to rename to a name that is there already', () => {
  render(<Headers begin={{ Host: 'a', Accept: 'b' }} />)
  write('Name 2', 'Host', 'Enter')
  expect(screen.getByRole('alert').textContent).toBe('“Host” is there already; nothing was changed.')
  expect(written()).toEqual({ Host: 'a', Accept: 'b' })
  write('Name 2', 'Origin', 'Enter')
  expect(written()).toEqual({ Host: 'a', Origin: 'b' })
  expect(screen.queryByRole('alert')).toBeNull()
})

it('keeps the keyboard in the field of a name that is changed', () => {
  render(<Headers begin={{ Host: 'a', Accept: 'b' }} />)
  field('Name 1').focus()
  write('Name 1', 'Origin', 'Enter')
  expect(document.activeElement).toBe(field('Name 1'))
  expect(field('Name 1').value).toBe('Origin')
})
