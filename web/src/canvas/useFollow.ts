import { useReactFlow, useStoreApi } from '@xyflow/react'
import { useEffect } from 'react'
import { showInEditor, useEditorView } from '@/commands/editorView'
import { useGraph, usePeers } from '@/document/hooks'

/** Keep the view on what the followed peer looks at, until oneself pans or the peer leaves. */
export function useFollow(): void {
  const following = useEditorView((view) => view.following)
  const { presence } = useGraph()
  const peers = usePeers()
  const flow = useStoreApi()
  const { setViewport } = useReactFlow()

  useEffect(() => {
    if (following === null) return
    const look = () => {
      const { viewport } = presence.motion(following)
      if (viewport === null) return
      const [middleX, middleY, zoom] = viewport
      const { width, height } = flow.getState()
      void setViewport({ x: width / 2 - middleX * zoom, y: height / 2 - middleY * zoom, zoom }, { duration: 120 })
    }
    look()
    return presence.subscribeMotion(look)
  }, [following, presence, flow, setViewport])

  const isHere = following === null || peers.some((peer) => peer.clientId === following)
  useEffect(() => {
    if (!isHere) showInEditor({ following: null })
  }, [isHere])
}
