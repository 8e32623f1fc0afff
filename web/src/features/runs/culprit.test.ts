import { expect, it } from 'vitest'

import type { RunNodeRow } from '@/document/runDocument'

import { culprit } from './culprit'

const titles = new Map([['a', 'Ask'], ['b', 'Fetch'], ['group', 'Group'], ['inner', 'Inner']])
const failed = (path: string, finished: number, status: RunNodeRow['status'] = 'failed') =>
  [path.slice(path.lastIndexOf('/') + 1), { path, finished, status } as RunNodeRow] as const

it('is the one that the error names, though another failed before and that was taken care of', () => {
  expect(culprit('Fetch: refused', new Map([failed('a', 1), failed('b', 2, 'timed_out')]), titles)).toBe('b')
})

it('is in a group what failed there, not the group', () => {
  const rows = new Map([failed('group', 3), failed('group/inner', 3), failed('a', 1)])
  expect(culprit('Group: Inner failed: no', rows, titles)).toBe('inner')
})

it('is what failed first where none is named, and none that is gone', () => {
  expect(culprit('Called otherwise: no', new Map([failed('b', 2), failed('a', 1), failed('gone', 0)]), titles)).toBe('a')
  expect(culprit('Fetch: refused', new Map([failed('gone', 0)]), titles)).toBeUndefined()
})
