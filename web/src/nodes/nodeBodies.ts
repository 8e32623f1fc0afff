import type { ComponentType } from 'react'

import { ChatBody } from './ChatBody'
import { LogBody } from './LogBody'
import { PlainBody } from './PlainBody'
import { TextBody } from './TextBody'

/** What a card shows below its header, by `NodeType.body`; a body that is not here is drawn as `plain`. */
export const nodeBodies: Record<string, ComponentType<{ id: string }>> = {
  plain: PlainBody,
  text: TextBody,
  chat: ChatBody,
  log: LogBody,
}
