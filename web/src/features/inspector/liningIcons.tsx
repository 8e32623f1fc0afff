import {
  AlignCenterHorizontal,
  AlignCenterVertical,
  AlignEndHorizontal,
  AlignEndVertical,
  AlignHorizontalSpaceBetween,
  AlignStartHorizontal,
  AlignStartVertical,
  AlignVerticalSpaceBetween,
} from 'lucide-react'
import type { ReactNode } from 'react'

/** What a button shows that lines nodes up, by the id of its command. An upright line is called vertical there. */
export const liningIcons: Record<string, ReactNode> = {
  'align-left': <AlignStartVertical size={16} />,
  'align-centres': <AlignCenterVertical size={16} />,
  'align-right': <AlignEndVertical size={16} />,
  'align-top': <AlignStartHorizontal size={16} />,
  'align-middles': <AlignCenterHorizontal size={16} />,
  'align-bottom': <AlignEndHorizontal size={16} />,
  'distribute-x': <AlignHorizontalSpaceBetween size={16} />,
  'distribute-y': <AlignVerticalSpaceBetween size={16} />,
}
