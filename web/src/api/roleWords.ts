/** What each role is called, and what it means in one line: for every select, badge and sentence that names one. */
import { roles } from '@/document/protocol.gen'

import type { Role } from './shapes'

interface RoleWords {
  label: string
  /** After "can": "Ada can edit and run". */
  can: string
  hint: string
}

export const roleWords: Record<Role, RoleWords> = {
  viewer: { label: 'Viewer', can: 'look', hint: 'Sees the graph and its runs, live' },
  commenter: { label: 'Commenter', can: 'look and comment', hint: 'Also writes comments' },
  runner: { label: 'Runner', can: 'look, comment and run', hint: 'Also starts and cancels runs' },
  editor: { label: 'Editor', can: 'edit and run', hint: 'Also changes the graph' },
  admin: { label: 'Admin', can: 'edit, run and share', hint: 'Also says who has access' },
}

/** The roles as options of a select, the least first. */
export const roleOptions = roles.map((role) => ({
  value: role as string,
  label: roleWords[role].label,
  hint: roleWords[role].hint,
}))

/** "a viewer", "an editor". */
export function aRole(role: Role): string {
  const { label } = roleWords[role]
  return `${/^[AEIOU]/.test(label) ? 'an' : 'a'} ${label.toLowerCase()}`
}
