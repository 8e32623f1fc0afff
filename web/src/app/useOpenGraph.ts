import { useEffect, useState } from 'react'
import { keepCopy } from '@/api/client'
import { askRole } from '@/api/ownRole'
import type { Me } from '@/api/shapes'
import { showInEditor } from '@/commands/editorView'
import { OpenGraph } from '@/document/openGraph'
import type { NodeType } from '@/document/schema.gen'
import { toast } from '@/ui/toast'

/** A graph, open as long as the page that shows it; undefined until the node types and one's role on it are here. */
export function useOpenGraph(id: string, me: Me, types: readonly NodeType[] | undefined): OpenGraph | undefined {
  const [graph, setGraph] = useState<OpenGraph>()
  const [epochs, setEpochs] = useState(0)
  useEffect(() => {
    if (types === undefined) return
    const user = { id: me.id, name: me.name, colour: me.colour, kind: me.kind }
    const opened = new OpenGraph({
      id,
      me: user,
      role: me.role ?? 'viewer',
      types,
      server: webSocketServer(),
      keepOfflineCopy: true,
      keepVersion: (state, epoch) => keepCopy(id, `Copy of ${me.name}`, epoch, state),
      askRole: () => askRole(id),
      onLeftOut: (sentence) => toast.warning('Not everything could stay', { description: sentence }),
    })
    let isOpen = true
    const show = () => {
      if (isOpen) setGraph(opened)
    }
    // The line opens meanwhile. An admin of the workspace is one everywhere; and a server that can't be asked is no
    // reason not to show the copy that this browser kept.
    if (me.role === 'admin') show()
    else opened.learnRole().then(show, show)
    const stop = opened.connection.subscribe(() => {
      if (opened.connection.state.kind !== 'restored') return
      setEpochs((passed) => passed + 1)
      toast.success('This graph was taken back to an earlier state', {
        description: 'What it was, and what only you had, is kept.',
        action: { label: 'Versions', onClick: () => showInEditor({ dialog: 'versions' }) },
      })
    })
    return () => {
      isOpen = false
      stop()
      opened.close()
    }
    // A changed name or colour is stamped by the server on the open connection, and a changed role is told there.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id, me.id, types, epochs])
  return graph
}

const webSocketServer = () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`
