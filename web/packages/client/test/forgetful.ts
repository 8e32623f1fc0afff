import { type AddressInfo, connect as connectTo, createServer } from 'node:net'

/** A way to the server on which the next answers to what is posted get lost: it arrives, and the line breaks. */
export async function forgetful(url: string, lose: number): Promise<{ url: string; end: () => void }> {
  const line = createServer((client) => {
    const server = connectTo(Number(new URL(url).port), '127.0.0.1')
    let isPost = false
    const end = () => void (client.destroy(), server.destroy())
    client.on('data', (asked) => {
      const head = asked.toString('latin1', 0, 5)
      isPost = head === 'POST ' || (isPost && !head.startsWith('GET '))
      server.write(asked)
    })
    server.on('data', (answer) => (isPost && lose-- > 0 ? end() : client.write(answer)))
    for (const socket of [client, server]) socket.on('close', end).on('error', end)
  })
  await new Promise<void>((listening) => void line.listen(0, '127.0.0.1', listening))
  const { port } = line.address() as AddressInfo
  return { url: `http://127.0.0.1:${String(port)}`, end: () => line.close() }
}
