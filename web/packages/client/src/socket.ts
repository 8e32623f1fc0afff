/**
 * Sockets that say who one is: in Node by a header, which no log of addresses holds; a browser can't set one and puts
 * the token into the address, or sends its cookie.
 */
import type { ConnectionOptions } from '@/document/connection'
import { type Address, socketUrl } from './address'

export type Door = Pick<ConnectionOptions, 'server' | 'params' | 'WebSocket'> & {
  /** Why the last socket failed, where that is known: browsers tell nobody. */
  trouble?: () => string
}

export async function doorOf(address: Address): Promise<Door> {
  const server = socketUrl(address)
  const { token } = address
  if (typeof process === 'undefined' || !process.versions?.node) return { server, ...(token && { params: { token } }) }
  const { WebSocket: NodeSocket } = await import('ws')
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  let trouble = ''
  class SignedSocket extends NodeSocket {
    constructor(url: string) {
      super(url, { headers, perMessageDeflate: false })
      this.on('error', (error: Error) => (trouble = error.message))
    }
  }
  return { server, WebSocket: SignedSocket as unknown as typeof WebSocket, trouble: () => trouble }
}
