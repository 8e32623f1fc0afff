// Honest JavaScript peers for Python tests: one JSON request a line on stdin, one JSON answer a line on stdout.
import { createInterface } from 'node:readline'
import * as lossy from './lossy.mjs'
import * as presence from './presence.mjs'
import * as sockets from './sockets.mjs'

const OPERATIONS = { ...lossy, ...presence, ...sockets }

const answer = async ({ call, id, ...facts }) => {
  try {
    return { id, result: (await OPERATIONS[call](facts)) ?? null }
  } catch (error) {
    return { id, error: String(error?.stack ?? error) }
  }
}

createInterface({ input: process.stdin })
  .on('line', async (line) => process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n'))
  .on('close', () => process.exit(0))
