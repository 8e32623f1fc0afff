import type { ConnectionState } from '@/document/connection'
import type { OpenGraph } from '@/document/openGraph'

import type { News } from './announce'

const connected = 'Connected again.'

/** That the server is gone, and is back. That an edit is on its way and then saved, as every one is, is on the screen only. */
export function newsOfConnection({ connection }: OpenGraph, onNews: () => void): News {
  let told = inWords(connection.state) ?? connected
  const stop = connection.subscribe(() => {
    if ((inWords(connection.state) ?? told) !== told) onNews()
  })
  const tell = () => {
    const words = inWords(connection.state) ?? told
    if (words === told) return []
    told = words
    return [words]
  }
  return { tell, stop }
}

/** Undefined while nobody knows yet. */
function inWords(state: ConnectionState): string | undefined {
  switch (state.kind) {
    case 'connecting':
    case 'restored':
      return undefined
    case 'offline':
      return state.onlyHere
        ? 'Offline: your edits are only in this tab. Leave it open.'
        : 'Offline: your edits are kept in this browser.'
    case 'refused':
      return state.sentence
    case 'saving':
    case 'saved':
    case 'full':
      return connected
  }
}
