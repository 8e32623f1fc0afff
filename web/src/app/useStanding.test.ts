import { expect, it } from 'vitest'

import { isLess } from './useStanding'

it('tells a role that was lowered from one that was raised', () => {
  expect(isLess('viewer', 'editor')).toBe(true)
  expect(isLess('admin', 'editor')).toBe(false)
})
