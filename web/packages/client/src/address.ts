/** Where the server is and who one is there: the address that `flowroom up` prints has a token in it, and will do. */
export interface Address {
  /** `http://host` or `https://host`, perhaps with a path before the API's. */
  url: string
  /** Says who one is. A page of the server itself needs none: its cookie says it. */
  token?: string
}

/** Throws TypeError for what is no address. */
export function readAddress(given: string | URL | Address): Address {
  const { url, token } = typeof given === 'string' || given instanceof URL ? { url: given, token: undefined } : given
  const parts = URL.canParse(url) ? new URL(url) : undefined
  if (parts === undefined || !/^https?:$/.test(parts.protocol)) {
    const said = String(url).split('?')[0] // without the token
    throw new TypeError(`Expected a server's address, such as http://127.0.0.1:8000, got '${said ?? ''}'.`)
  }
  const found = token ?? parts.searchParams.get('token') ?? undefined
  const base = `${parts.origin}${parts.pathname.replace(/\/+$/, '')}`
  return found === undefined ? { url: base } : { url: base, token: found }
}

/** The same server as sockets reach it: `ws://…` or `wss://…`. */
export const socketUrl = ({ url }: Address) => url.replace(/^http/, 'ws')
