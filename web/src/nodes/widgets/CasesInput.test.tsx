import { fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { expect, it } from 'vitest'

import { type Case, CasesInput } from './CasesInput'

function Cases() {
  const [value, setValue] = useState<Case[]>([{ name: 'large', when: 'value > 9' }])
  return <CasesInput labelledBy="label" value={value} disabled={false} onChange={setValue} />
}

it('gives an added case the keyboard, its suggested name selected', () => {
  render(<Cases />)
  fireEvent.click(screen.getByRole('button', { name: 'Add case' }))
  const port = screen.getByRole<HTMLInputElement>('textbox', { name: 'Port of case 2' })
  expect(document.activeElement).toBe(port)
  expect(port.value.slice(port.selectionStart ?? 0, port.selectionEnd ?? 0)).toBe('case 2')
})
