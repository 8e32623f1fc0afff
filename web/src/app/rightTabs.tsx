/** The right column of the editor: one line per tab. */
import type { ReactNode } from 'react'
import { CommentsLabel } from '@/features/comments/CommentsLabel'
import { ActivityPanel, CommentsPanel, Inspector } from './laterParts'

export interface RightTab {
  id: string
  label: ReactNode
  content: ReactNode
}

export const rightTabs: readonly RightTab[] = [
  { id: 'inspector', label: 'Inspector', content: <Inspector /> },
  { id: 'comments', label: <CommentsLabel />, content: <CommentsPanel /> },
  { id: 'activity', label: 'Activity', content: <ActivityPanel /> },
]
