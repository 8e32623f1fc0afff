import type { ConnectionState } from '@/document/connection'
import { CloseCode } from '@/document/protocol.gen'
import { mayAs, type Role } from '@/document/roles'
import type { Space } from '@/document/space'

export type StatusIcon = 'busy' | 'saved' | 'offline' | 'locked' | 'watching' | 'full'

export interface StatusFace {
  label: string
  /** What it means and what to do, if anything. */
  explanation: string
  tone: 'quiet' | 'warn' | 'failed'
  icon: StatusIcon
}

/** A connection's state as a person of some role reads it, and how full the graph is if that matters. */
export function statusFace(connection: ConnectionState, role: Role, space?: Space): StatusFace {
  const canEdit = mayAs(role, 'editor')
  switch (connection.kind) {
    case 'connecting':
      return {
        label: 'Connecting…',
        explanation: 'Fetching the newest state of this graph. You can already edit: nothing gets lost.',
        tone: 'quiet',
        icon: 'busy',
      }
    case 'full':
      if (!canEdit) return unsendable(connection.edits)
      return {
        label: `Full, ${edits(connection.edits)} not saved`,
        explanation:
          'This graph is as large as it may be. Your edits wait in this browser, and are saved as soon as there is room: delete what isn’t needed, or move a part of it to another graph.',
        tone: 'failed',
        icon: 'full',
      }
    case 'saving':
      if (!canEdit) return unsendable(connection.edits)
      return {
        label: connection.edits === 1 ? 'Saving 1 edit…' : `Saving ${connection.edits} edits…`,
        explanation: 'On the way to the server, which confirms every edit once it is on its disk.',
        tone: 'quiet',
        icon: 'busy',
      }
    case 'saved':
      if (canEdit && space?.level === 'full') {
        return {
          label: 'Saved, but full',
          explanation:
            'Every edit of yours is on the server’s disk. But this graph is as large as it may be: what you add now may have to wait. Delete what isn’t needed, or move a part of it to another graph.',
          tone: 'warn',
          icon: 'full',
        }
      }
      return canEdit
        ? {
            label: 'Saved',
            explanation: 'Every edit of yours is on the server’s disk, and everyone here has it.',
            tone: 'quiet',
            icon: 'saved',
          }
        : {
            label: `You can ${lesser(role)}, not edit`,
            explanation: 'You see everything live. To edit, ask the admins of this graph for the role of editor.',
            tone: 'quiet',
            icon: 'watching',
          }
    case 'offline':
      return {
        label: connection.edits === 0 ? 'Offline' : `Offline, ${edits(connection.edits)} kept`,
        explanation: connection.onlyHere
          ? 'The server can’t be reached, and this browser keeps nothing for Flowroom. Leave this tab open: your edits are only in it, and are merged with those of the others as soon as the server is back.'
          : 'The server can’t be reached. Go on working: your edits are kept in this browser and merged with those of the others as soon as it is back.',
        tone: 'warn',
        icon: 'offline',
      }
    case 'restored':
      return {
        label: 'Opening again…',
        explanation: 'This graph was taken back to an earlier state. What only this browser had is kept as a version.',
        tone: 'quiet',
        icon: 'busy',
      }
    case 'refused':
      return { label: refusal(connection.code), explanation: connection.sentence, tone: 'failed', icon: 'locked' }
  }
}

const unsendable = (many: number): StatusFace => ({
  label: `${edits(many)} not saved`,
  explanation:
    'You may no longer edit this graph. What you had not saved stays in this browser, and is sent if you become an editor again.',
  tone: 'warn',
  icon: 'locked',
})

function lesser(role: Role): string {
  if (role === 'runner') return 'look and run'
  return role === 'commenter' ? 'look and comment' : 'look'
}

function refusal(code: number): string {
  switch (code) {
    case CloseCode.NOT_SIGNED_IN:
      return 'Signed out'
    case CloseCode.NOT_ALLOWED:
      return 'Not allowed'
    case CloseCode.NO_SUCH_DOCUMENT:
      return 'Deleted'
    case CloseCode.EPOCH_CHANGED:
      return 'Reload to go on'
    default:
      return 'Connection refused'
  }
}

const edits = (many: number) => (many === 1 ? '1 edit' : `${many} edits`)
