/** What a program is told that is led to the wrong place, or to a server that says nothing. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { connect, ConnectionLost, RequestRefused } from '../src/index'
import { Requests } from '../src/requests'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A server that answers like this; gives its address. */
async function served(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
}

const saying = (kind: string, text: string) => served((_, answer) => void answer.setHeader('Content-Type', kind).end(text))

it.each(['', '127.0.0.1:8000', 'ftp://host', 'http://', 'http://host:99999', 'http://[::1'])(
  'KIT-9: says that %j is no address, without the token in it',
  (address) => {
    const told = () => connect(`${address}?token=hidden`)
    expect(told).toThrow(/Expected a server's address, such as http:\/\/127.0.0.1:8000, got '[^?]*'/)
    expect(told).not.toThrow(/hidden/)
  },
)

it.each([
  ['text/html', 'a page'],
  ['application/json', 'no JSON'],
])('KIT-9: says of an answer that is %s that it is none of Flowroom', async (kind, what) => {
  const told = expect(connect(await saying(kind, '<!doctype html>')).graphs()).rejects
  await told.toThrow(new RegExp(`/api/graphs answered with .*${what}.* is the address right`))
})

it('KIT-9: says where a redirect leads, and follows none', async () => {
  const asked: (string | undefined)[] = []
  const url = await served((request, answer) => {
    asked.push(request.url)
    answer.writeHead(308, { Location: 'https://flowroom.example.org/api/graphs' }).end()
  })

  const error = await connect(url).createGraph().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(RequestRefused)
  expect(error).toMatchObject({ status: 308, what: expect.stringContaining('sends on to https://flowroom.example.org/api/graphs: connect to') as string })
  expect(asked).toEqual(['/api/graphs'])
})

it('KIT-9: says why nothing answers', async () => {
  const url = await served(() => undefined)
  await new Promise((closed) => servers.pop()?.close(closed))

  await expect(connect(url).graphs()).rejects.toThrow(/^http:\/\/127.0.0.1:\d+ does not answer \(connect ECONNREFUSED/)
})

it('KIT-9: gives a server up that takes a request and says nothing', async () => {
  const hanging = new Requests({ url: await served(() => undefined) }, 50)
  const error = await hanging.send('GET', '/api/graphs').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ConnectionLost)
  expect(String(error)).toContain('(not within 0.05 s)')
})

it('KIT-9: says what answers instead of a socket', async () => {
  const url = await saying('application/json', '{"id": "u", "name": "Ada", "colour": "#123456", "kind": "bot"}')
  const told = expect(connect(url, { openingMs: 1000 }).open('g')).rejects
  await told.toThrow(/ws:\/\/127.0.0.1:\d+ did not answer \(Unexpected server response: 200\)/)
})
