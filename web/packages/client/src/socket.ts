/**
 * Sockets that say who one is: in Node by a header, which no log of addresses holds; a browser can't set one and puts
 * the token into the address, or sends its cookie.
 */
import type { ConnectionOptions } from '@/document/connection'
import { type Address, socketUrl } from './address'

export type Door = Pick<ConnectionOptions, 'server' | 'params' | 'WebSocket'>

export async function doorOf(address: Address): Promise<Door> {
  const server = socketUrl(address)
  const { token } = address
  if (typeof process === 'undefined' || !process.versions?.node) return { server, ...(token && { params: { token } }) }
  const { WebSocket: NodeSocket } = await import('ws')
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  class SignedSocket extends NodeSocket {
    constructor(url: string) {
      super(url, { headers, perMessageDeflate: false })
    }
  }
  return { server, WebSocket: SignedSocket as unknown as typeof WebSocket }
}
