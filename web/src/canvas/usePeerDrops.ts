import { useEffect, useEffectEvent } from 'react'
import { useGraph } from '@/document/hooks'
import { containerAt, type Dropper, type DropTargets } from './dropTargets'
import type { Scene } from './scene'

/** Marks the containers that the others are about to drop something into: those under their cursors while they drag. */
export function usePeerDrops(scene: Scene, targets: DropTargets): void {
  const { presence } = useGraph()
  const read = useEffectEvent(() => {
    const found = new Map<string, Dropper>()
    for (const { clientId, user } of presence.peers) {
      const { drag, cursor } = presence.motion(clientId)
      const container = drag && cursor ? containerAt(scene, cursor, new Set(drag.ids)) : undefined
      const comesFromThere = drag?.ids.every((id) => scene.nodes.get(id)?.node.parent === container) === true
      if (container !== undefined && !comesFromThere) found.set(container, user.colour as Dropper)
    }
    targets.setOthers(found)
  })
  useEffect(() => presence.subscribeMotion(read), [presence])
}
