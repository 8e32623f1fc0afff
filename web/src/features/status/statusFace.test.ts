import { expect, it } from 'vitest'

import { statusFace } from './statusFace'

it('says Saved only when the server has confirmed everything', () => {
  expect(statusFace({ kind: 'saving', edits: 1 }, 'editor').label).toBe('Saving 1 edit…')
  expect(statusFace({ kind: 'saving', edits: 3 }, 'editor').label).toBe('Saving 3 edits…')
  expect(statusFace({ kind: 'saved' }, 'editor').label).toBe('Saved')
})

it('says to a viewer that nothing can be written', () => {
  expect(statusFace({ kind: 'saved' }, 'viewer').label).toBe('You can look, not edit')
  expect(statusFace({ kind: 'saved' }, 'commenter').label).toBe('You can look and comment, not edit')
  expect(statusFace({ kind: 'saved' }, 'runner').label).toBe('You can look and run, not edit')
})

it('says that edits are kept while the server is away', () => {
  expect(statusFace({ kind: 'offline', edits: 2 }, 'editor')).toMatchObject({
    label: 'Offline, 2 edits kept',
    tone: 'warn',
  })
  expect(statusFace({ kind: 'offline', edits: 2, onlyHere: true }, 'editor').explanation).toContain('Leave this tab open')
})

it('does not claim to save what somebody who was an editor had not saved', () => {
  expect(statusFace({ kind: 'saving', edits: 2 }, 'viewer')).toMatchObject({ label: '2 edits not saved', tone: 'warn' })
})

it('WEB-26: never says Saved while edits wait for room, nor that all is well when the next may have to', () => {
  const full = { level: 'full', size: 98, most: 100 } as const
  expect(statusFace({ kind: 'full', edits: 2 }, 'editor', full)).toMatchObject({ label: 'Full, 2 edits not saved', tone: 'failed' })
  expect(statusFace({ kind: 'full', edits: 2 }, 'editor', full).explanation).toContain('delete what isn’t needed')
  expect(statusFace({ kind: 'full', edits: 2 }, 'viewer', full).label).toBe('2 edits not saved')
  expect(statusFace({ kind: 'saved' }, 'editor', full)).toMatchObject({ label: 'Saved, but full', tone: 'warn' })
  expect(statusFace({ kind: 'saved' }, 'editor', { ...full, level: 'nearly full' }).label).toBe('Saved')
})

it('says why a door was closed for good, in the server’s words', () => {
  const face = statusFace({ kind: 'refused', code: 4401, sentence: 'Not signed in: open the address again.' }, 'editor')
  expect(face).toMatchObject({
    label: 'Signed out',
    tone: 'failed',
    explanation: 'Not signed in: open the address again.',
  })
  expect(statusFace({ kind: 'refused', code: 4409, sentence: 's' }, 'editor').label).toBe('Reload to go on')
})
