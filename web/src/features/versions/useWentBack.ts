/**
 * Who went back to which version, told to everyone else in the graph. A peer only shows which version was kept before
 * (`wentBack`); by whom and before what is the server's word, so that nobody can have something said that nobody did.
 */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { keys } from '@/api/keys'
import { findVersion, type Version } from '@/api/versions'
import { showInEditor } from '@/commands/editorView'
import { labelAfter } from '@/document/become'
import { useGraph } from '@/document/hooks'
import { now } from '@/ui/now'
import { toast } from '@/ui/toast'

export function useWentBack(): void {
  const { id, me, presence } = useGraph()
  const cache = useQueryClient()
  useEffect(() => {
    const since = now() / 1000
    const known = new Set<string>()
    const look = () => {
      for (const { user, wentBack } of presence.peers) {
        if (wentBack === null || known.has(wentBack) || user.id === me.id) continue
        known.add(wentBack)
        void cache.invalidateQueries({ queryKey: keys.versions(id) })
        // Where the server can't be asked, that the graph is another is seen all the same.
        void findVersion(id, wentBack).then((kept) => kept !== undefined && kept.at > since && tell(kept), () => undefined)
      }
    }
    look()
    return presence.subscribe(look)
  }, [id, me.id, presence, cache])
}

function tell({ author, label }: Version): void {
  const to = labelAfter(label)
  if (to === undefined) return
  toast.info(`${author} went back to “${to}”`, {
    description: 'What the graph was before is kept.',
    action: { label: 'Versions', onClick: () => showInEditor({ dialog: 'versions' }) },
  })
}
