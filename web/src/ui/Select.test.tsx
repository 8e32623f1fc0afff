import { fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { expect, it } from 'vitest'

import { Field } from './Field'
import './jsdomShims'
import { Select } from './Select'
import { violations } from './violations'

const options = [
  { value: 'a', label: 'Apple' },
  { value: 'b', label: 'Banana', hint: 'Yellow' },
  { value: 'c', label: 'Cherry' },
]

function Fruit() {
  const [value, setValue] = useState('a')
  return (
    <Field label="Fruit">
      {(control) => <Select {...control} value={value} options={options} onChange={setValue} />}
    </Field>
  )
}

it('chooses by arrow keys and Enter, and says what is chosen', async () => {
  render(<Fruit />)
  const trigger = screen.getByRole('combobox', { name: 'Fruit' })
  fireEvent.keyDown(trigger, { key: 'ArrowDown' })
  const list = await screen.findByRole('listbox', { name: 'Fruit' })
  expect(await violations()).toEqual([])
  fireEvent.keyDown(list, { key: 'ArrowDown' })
  fireEvent.keyDown(list, { key: 'Enter' })
  expect(screen.getByRole('combobox', { name: 'Fruit' }).textContent).toBe('Banana')
  expect(screen.queryByRole('listbox')).toBeNull()
})

it('finds an option by its first letters', async () => {
  render(<Fruit />)
  fireEvent.click(screen.getByRole('combobox', { name: 'Fruit' }))
  const list = await screen.findByRole('listbox')
  fireEvent.keyDown(list, { key: 'c' })
  fireEvent.keyDown(list, { key: 'Enter' })
  expect(screen.getByRole('combobox').textContent).toBe('Cherry')
})
