/**
 * A bot that reads along: what the editor would mark as a problem it says in a comment on the node or line, once.
 *
 *     web/node_modules/.bin/tsx examples/lint_bot.ts "http://127.0.0.1:8000/?token=…" "Orders of the day"
 *
 * It settles its thread when the problem is gone and opens the same one again when it comes back. What a person settled
 * stays settled, and nothing is said twice, however often the bot is started. A token with the role commenter is enough.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect, type Feed, FlowroomError, type LiveGraph, NoSuchDocument, type Problem, type Thread, type Threads } from '@flowroom/client'
import type { Workspace, WritableAnchor } from '@flowroom/client'

const help = `Comments on the problems of graphs.

    lint_bot.ts URL [GRAPH…]

URL         where the server is; the address that \`flowroom up\` prints has a token in it
GRAPH       titles or ids of graphs; left out: all of them, new ones too
--token     who to be, if the address doesn't say
--errors    leave warnings out
--rest      milliseconds without an edit before it looks (1000)
--once      look once, and leave`

interface Options {
  errorsOnly: boolean
  restMs: number
  once: boolean
}

/** What is wrong with one thing, in one word: the code and what it is about. */
interface Finding {
  key: string
  anchor: WritableAnchor
  body: string
}

/** One graph under review, and what the bot has said about it. */
class Review {
  /** The threads begun by this process: one shows up in the live threads a moment after it was begun. */
  private readonly begun = new Map<string, Thread>()
  private turn = Promise.resolve()

  constructor(
    private readonly graph: LiveGraph,
    private readonly threads: Threads,
    private readonly me: string,
    private readonly options: Options,
  ) {}

  /** Compare what is wrong now with what was said, and say the difference; one look after the other. */
  look(): Promise<void> {
    this.turn = this.turn.then(() => this.compare())
    return this.turn
  }

  private async compare(): Promise<void> {
    const found = new Map(findings(await this.graph.problems(), this.options.errorsOnly).map((each) => [each.key, each]))
    const said = this.said()
    for (const [key, thread] of said) if (!found.has(key) && thread.state === 'open') await this.graph.resolve(thread.id)
    for (const finding of found.values()) await this.say(finding, said.get(finding.key))
  }

  private async say({ key, anchor, body }: Finding, thread: Thread | undefined): Promise<void> {
    const first = thread?.messages[0]
    if (thread === undefined || first === undefined) return this.begin(key, anchor, body)
    const wasSettledByMe = thread.state === 'resolved' && thread.resolved?.by.id === this.me
    if (wasSettledByMe) await this.graph.reopen(thread.id)
    if (first.body !== body && (wasSettledByMe || thread.state === 'open')) await this.graph.edit(thread.id, first.id, body)
  }

  private async begin(key: string, anchor: WritableAnchor, body: string): Promise<void> {
    try {
      this.begun.set(key, await this.graph.comment(anchor, body))
    } catch (error) {
      if (!(error instanceof NoSuchDocument)) throw error // what it was about was deleted meanwhile
    }
  }

  /** The bot's threads by what they are about, as they are now. */
  private said(): Map<string, Thread> {
    const mine = [...this.threads].filter((thread) => thread.messages[0]?.author.id === this.me)
    return new Map([...this.begun, ...mine.map((thread) => [keyOf(thread), thread] as const)])
  }
}

function findings(problems: readonly Problem[], errorsOnly: boolean): Finding[] {
  const byKey = new Map<string, Finding>()
  for (const { code, message, severity, node, edge } of problems) {
    const anchor = anchorOf(node, edge)
    if (anchor === undefined || (errorsOnly && severity === 'warning')) continue
    const key = `${code} ${node ?? edge ?? ''}`
    const known = byKey.get(key)
    byKey.set(key, { key, anchor, body: known ? `${known.body}\n\n${message}` : `**${code}** ${message}` })
  }
  return [...byKey.values()]
}

function anchorOf(node: string | null, edge: string | null): WritableAnchor | undefined {
  if (node !== null) return { type: 'node', node }
  return edge === null ? undefined : { type: 'edge', edge }
}

/** What a thread of the bot is about: the code that its comment begins with, and its anchor. */
function keyOf({ anchor, messages }: Thread): string {
  const code = /^\*\*([\w-]+)\*\*/.exec(messages[0]?.body ?? '')?.[1] ?? ''
  const about = anchor.type === 'node' ? anchor.node : anchor.type === 'edge' ? anchor.edge : ''
  return `${code} ${about}`
}

/** Review one graph until it is deleted or the server says no. */
async function keepReviewing(workspace: Workspace, id: string, me: string, options: Options): Promise<void> {
  await using graph = await workspace.open(id)
  const review = new Review(graph, await graph.threads(), me, options)
  // What is said is followed, too: a thread that was settled a moment ago may have to be opened again.
  const feeds = [graph.changes({ mine: true }), graph.discussion({ mine: true })]
  await review.look()
  if (!options.once) await Promise.all(feeds.map((feed) => lookAfter(feed, review, options.restMs)))
}

/** Look whenever something has come and then nothing more for a moment: all of it is looked at in one go. */
async function lookAfter(feed: Feed<unknown>, review: Review, restMs: number): Promise<void> {
  for await (const _ of feed) {
    do await sleep(restMs)
    while (feed.drain().length > 0)
    await review.look()
  }
}

/** Review the graphs that were named, or all there are and all that come. */
async function reviewAll(workspace: Workspace, wanted: readonly string[], options: Options): Promise<void> {
  const me = (await workspace.me()).id
  const reviewing = new Map<string, Promise<void>>()
  const begin = async (id: string) => {
    try {
      await keepReviewing(workspace, id, me, options)
    } catch (error) {
      if (!(error instanceof FlowroomError)) throw error
      console.error(`${id}: ${error.message}`)
    }
  }
  do {
    for (const { id, title } of await workspace.graphs()) {
      const isWanted = wanted.length === 0 || wanted.includes(id) || wanted.includes(title)
      if (isWanted && !reviewing.has(id)) reviewing.set(id, begin(id))
    }
    if (reviewing.size < wanted.length) throw new FlowroomError(`Expected the graphs ${wanted.join(', ')}; not all are there.`)
    if (wanted.length === 0 && !options.once) await sleep(10_000)
  } while (wanted.length === 0 && !options.once)
  await Promise.all(reviewing.values())
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    token: { type: 'string' },
    errors: { type: 'boolean', default: false },
    rest: { type: 'string', default: '1000' },
    once: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const [url, ...graphs] = positionals
if (values.help || url === undefined) {
  console.log(help)
} else {
  const workspace = connect(values.token === undefined ? url : { url, token: values.token })
  const options = { errorsOnly: values.errors, restMs: Number(values.rest), once: values.once }
  await reviewAll(workspace, graphs, options).catch((error: unknown) => {
    if (!(error instanceof FlowroomError)) throw error
    console.error(error.message)
    process.exitCode = 1
  })
}
