import { useGraph, usePeers } from '@/document/hooks'
import { Avatar } from '@/ui/Avatar'

import styles from './SchemaForm.module.css'

/** Who else has this field open just now. */
export function FieldEditors({ id, param }: { id: string; param: string }) {
  const peers = usePeers().filter((peer) => peer.editing?.node === id && peer.editing.param === param)
  const [first] = peers
  if (first === undefined) return null
  const names = peers.map((peer) => peer.user.name).join(', ')
  return (
    <span
      className={styles.editors}
      role="status"
      aria-label={`${names} ${peers.length === 1 ? 'is' : 'are'} editing this`}
    >
      {peers.slice(0, 3).map((peer) => (
        <Avatar key={peer.clientId} name={peer.user.name} colour={peer.user.colour} size={16} />
      ))}
      {peers.length === 1 ? first.user.name : `${peers.length} people`}
    </span>
  )
}

/** Tells the others that one is in a field while the focus is in it. */
export function useEditingField(id: string, param: string) {
  const { presence } = useGraph()
  return {
    onFocus: () => {
      presence.set({ editing: { node: id, param, anchor: null, head: null } })
    },
    onBlur: () => {
      const { editing } = presence.state
      if (editing?.node === id && editing.param === param) presence.set({ editing: null })
    },
  }
}
