/** Who else is in this graph: a click follows someone's view, another lets go. */
import { usePeers } from '@/document/hooks'
import type { Peer } from '@/document/presence'
import { Avatar } from '@/ui/Avatar'
import { classNames } from '@/ui/classNames'
import { Menu, type MenuItems } from '@/ui/Menu'
import { Tooltip } from '@/ui/Tooltip'

import styles from './Avatars.module.css'

export interface AvatarsProps {
  following: number | null
  /** So many have a button of their own; the others are in a menu. */
  most: number
  onFollow: (clientId: number | null) => void
}

export function Avatars({ following, most, onFollow }: AvatarsProps) {
  const peers = usePeers()
  const toggle = (peer: Peer) => {
    onFollow(peer.clientId === following ? null : peer.clientId)
  }
  const rest = peers.slice(most)
  const items: MenuItems = [
    rest.map((peer) => ({
      id: String(peer.clientId),
      label: peer.user.name,
      icon: <Avatar name={peer.user.name} colour={peer.user.colour} size={16} />,
      checked: peer.clientId === following,
      run: () => {
        toggle(peer)
      },
    })),
  ]
  return (
    <ul className={styles.list} aria-label="People here">
      {peers.slice(0, most).map((peer) => (
        <li key={peer.clientId}>
          <PeerButton
            peer={peer}
            followed={peer.clientId === following}
            onToggle={() => {
              toggle(peer)
            }}
          />
        </li>
      ))}
      {rest.length > 0 && (
        <li>
          <Menu
            trigger={
              <button type="button" className={styles.more} aria-label={`+${rest.length} ${rest.length === 1 ? 'person' : 'people'}`}>
                +{rest.length}
              </button>
            }
            items={items}
          />
        </li>
      )}
    </ul>
  )
}

function PeerButton({ peer, followed, onToggle }: { peer: Peer; followed: boolean; onToggle: () => void }) {
  const { name, colour, kind } = peer.user
  const who = kind === 'person' ? name : `${name} (${kind})`
  return (
    <Tooltip label={followed ? `Stop following ${who}` : `Follow ${who}`}>
      <button
        type="button"
        aria-label={followed ? `Stop following ${who}` : `Follow ${who}`}
        aria-pressed={followed}
        className={classNames(styles.person, kind !== 'person' && styles.machine)}
        onClick={onToggle}
      >
        <Avatar name={name} colour={colour} size={26} ringed={followed} />
      </button>
    </Tooltip>
  )
}
