import type { Position } from '@/document/graphDocument'
import { middleOf } from './geometry'
import type { Scene, SceneNode } from './scene'

const gap = 48

/**
 * Where the neighbours of something that grew have to go so that it lies on none of them: what is beside it at the left
 * moves left, what is at the right moves right, each side as one piece. Pure.
 */
export function makeWay(scene: Scene, grown: string): Map<string, Position> {
  const here = scene.nodes.get(grown)
  if (here === undefined) return new Map()
  const others = [...scene.nodes.values()].filter((each) => each.node.parent === here.node.parent && each !== here)
  const [middle] = middleOf(here.box)
  const { x: left, y: top, width, height } = here.box
  const beside = others.filter(
    ({ box }) =>
      box.y < top + height &&
      box.y + box.height > top &&
      box.x < left + width + gap &&
      box.x + box.width > left - gap,
  )
  const onRight = beside.filter(({ box }) => middleOf(box)[0] >= middle)
  const onLeft = beside.filter(({ box }) => middleOf(box)[0] < middle)
  const nearest = Math.min(...onRight.map(({ box }) => box.x))
  const last = Math.max(...onLeft.map(({ box }) => box.x + box.width))
  return new Map([
    ...moved(others.filter(({ box }) => box.x >= nearest), left + width + gap - nearest),
    ...moved(others.filter(({ box }) => box.x + box.width <= last), left - gap - last),
  ])
}

const moved = (nodes: readonly SceneNode[], by: number) =>
  nodes.map(({ node }): [string, Position] => [node.id, [node.pos[0] + by, node.pos[1]]])
