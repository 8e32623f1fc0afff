/** A running Flowroom of one test file's own: started, stopped and started again on the same port and data folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../../..')
const token = 'client-kit'

export class Flowroom {
  private child: ChildProcess | undefined

  private constructor(
    private readonly port: number,
    private readonly data: string,
    private readonly command: 'up' | 'serve',
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  /** `serve` is the server alone, `up` with an engine that runs graphs; `settings` as its environment says them. */
  static async start(command: 'up' | 'serve' = 'serve', settings: Readonly<Record<string, string>> = {}): Promise<Flowroom> {
    const flowroom = new Flowroom(await freePort(), mkdtempSync(join(tmpdir(), 'flowroom-client-')), command, settings)
    await flowroom.start()
    return flowroom
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`
  }

  /** As it is printed for the admin. */
  get address(): string {
    return `${this.url}/?token=${token}`
  }

  async start(): Promise<void> {
    this.child = spawn(
      join(root, '.venv/bin/flowroom'),
      [this.command, '--host', '127.0.0.1', '--port', String(this.port), '--data', this.data, '--no-examples'],
      { env: { ...process.env, FLOWROOM_TOKEN: token, FLOWROOM_LOG_LEVEL: 'warning', ...this.settings }, stdio: ['ignore', 'ignore', 'inherit'] },
    )
    await until(() => this.ready(), 30_000)
  }

  async stop(): Promise<void> {
    const { child } = this
    if (child === undefined || child.exitCode !== null) return
    const ended = new Promise((done) => child.once('exit', done))
    child.kill('SIGTERM')
    await ended
  }

  /** Stop it and throw its data away. */
  async end(): Promise<void> {
    await this.stop()
    rmSync(this.data, { recursive: true, force: true })
  }

  /** A token for a program with this role. */
  async tokenFor(role: string, name = role): Promise<string> {
    const answer = await fetch(`${this.url}/api/tokens`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, role }),
    })
    const made = (await answer.json()) as { token: string }
    return made.token
  }

  private async ready(): Promise<boolean> {
    if (this.child?.exitCode !== null) throw new Error(`flowroom ended with ${String(this.child?.exitCode)}`)
    return fetch(`${this.url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    )
  }
}

/** Waits for a condition; fails with what it looked at when it takes too long. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still not so after ${String(withinMs)} ms: ${String(condition)}`)
    await new Promise((done) => setTimeout(done, 10))
  }
}

/**
 * A port that nobody listens on: below those that the system gives to whoever connects, so that it is still free when a
 * server gets to it that takes seconds to start.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const probe = createServer()
    const free = await new Promise((told) => {
      probe.once('error', () => told(false))
      probe.listen(port, '127.0.0.1', () => probe.close(() => told(true)))
    })
    if (free) return port
  }
}
