import { useSyncExternalStore } from 'react'
import { useGraph } from '@/document/hooks'
import type { Peer } from '@/document/presence'

/** The first other who has this node or edge selected. */
export function usePeerSelecting(id: string): Peer | undefined {
  const { presence } = useGraph()
  return useSyncExternalStore(presence.subscribe, () => presence.peers.find((peer) => peer.selection.includes(id)))
}
