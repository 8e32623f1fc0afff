/**
 * Panels and pages that have a tab or a link of their own and no key: whoever types finds them too. Apart from
 * commands.ts, which every graph opens with.
 */
import type { Desk } from './command'
import { showInEditor } from './editorView'

export interface Place {
  id: string
  title: string
  /** Words by which it is found, too. */
  about: string
  run: (desk: Desk) => unknown
}

const tab = (rightPanel: string) => () => showInEditor({ rightPanel })

/** `isAdmin`: of the workspace. */
export const placesFor = (isAdmin: boolean): readonly Place[] => [
  { id: 'show-inspector', title: 'Inspector', about: 'settings properties parameters panel', run: tab('inspector') },
  { id: 'show-comments', title: 'Comments', about: 'threads discussion panel', run: tab('comments') },
  { id: 'show-activity', title: 'Activity', about: 'history log audit changes who panel', run: tab('activity') },
  { id: 'share', title: 'Share', about: 'invite access roles links', run: () => showInEditor({ dialog: 'share' }) },
  { id: 'account', title: 'Your account', about: 'profile password sessions sign page', run: ({ go }) => go('/account') },
  ...(isAdmin ? [{ id: 'people', title: 'People', about: 'members invitations tokens users page', run: ({ go }: Desk) => go('/people') }] : []),
  { id: 'api', title: 'API reference', about: 'rest http documentation docs webhooks page', run: () => window.open('/api/docs', '_blank', 'noopener') },
]
