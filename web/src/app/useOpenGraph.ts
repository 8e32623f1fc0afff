import { useEffect, useState } from 'react'
import { keepCopy } from '@/api/client'
import type { Me } from '@/api/shapes'
import { OpenGraph } from '@/document/openGraph'
import type { NodeType } from '@/document/schema.gen'

/** A graph, open as long as the page that shows it; undefined until the node types are here. */
export function useOpenGraph(id: string, me: Me, types: readonly NodeType[] | undefined): OpenGraph | undefined {
  const [graph, setGraph] = useState<OpenGraph>()
  const [epochs, setEpochs] = useState(0)
  useEffect(() => {
    if (types === undefined) return
    const user = { id: me.id, name: me.name, colour: me.colour, kind: me.kind }
    const role = me.role ?? 'viewer' // a guest's real role is the graph's; until it is asked for, the page only shows
    const keepVersion = (state: Uint8Array<ArrayBuffer>, epoch: number) => keepCopy(id, `Copy of ${me.name}`, epoch, state)
    const opened = new OpenGraph({ id, me: user, role, types, server: webSocketServer(), keepOfflineCopy: true, keepVersion })
    // A connection can't be made while rendering, and what is opened here is closed here.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setGraph(opened)
    const stop = opened.connection.subscribe(() => {
      if (opened.connection.state.kind === 'restored') setEpochs((passed) => passed + 1)
    })
    return () => {
      stop()
      opened.close()
    }
    // A changed name or colour is stamped by the server on the open connection; it is no reason to reconnect.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id, me.id, me.role, types, epochs])
  return graph
}

const webSocketServer = () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`
