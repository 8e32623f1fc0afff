/** In the top bar: opens the comments, and says how many one has not read. */
import { MessageSquare } from 'lucide-react'

import { showInEditor, useEditorView } from '@/commands/editorView'
import { useUnread } from '@/document/hooks'
import { Count } from '@/ui/Count'
import { IconButton } from '@/ui/IconButton'

import { useUnreadCounts } from './useUnreadCounts'

export function CommentsButton() {
  useUnreadCounts()
  const isOpen = useEditorView((view) => view.rightPanel === 'comments')
  const total = [...useUnread().values()].reduce((sum, count) => sum + count, 0)
  return (
    <IconButton
      label={total === 0 ? 'Comments' : `Comments, ${String(total)} unread`}
      keys="Mod+Alt+C"
      icon={
        <Count of={total}>
          <MessageSquare size={16} />
        </Count>
      }
      pressed={isOpen}
      onClick={() => showInEditor({ rightPanel: isOpen ? null : 'comments' })}
    />
  )
}
