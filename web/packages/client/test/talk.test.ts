/** Two programs that talk about a graph, and what each hears of the other. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect, type DiscussionChange, type Feed, NoSuchDocument, NotAllowed, type Workspace } from '../src/index'
import { Flowroom } from './flowroom'
import { forgetful } from './forgetful'

let flowroom: Flowroom
let ada: Workspace
let bo: Workspace

beforeAll(async () => {
  flowroom = await Flowroom.start()
  ada = connect(flowroom.address)
  bo = connect({ url: flowroom.url, token: await flowroom.tokenFor('commenter', 'Bo') })
})
afterAll(() => flowroom.end())

/** The kinds of the next changes. */
async function heard(changes: Feed<DiscussionChange>, count: number): Promise<string[]> {
  const kinds: string[] = []
  while (kinds.length < count) kinds.push((await changes.next()).value?.kind ?? 'the end')
  return kinds
}

it('begins, answers, edits, reacts, settles, reopens and takes back, and each of it is heard', async () => {
  await using mine = await ada.open(await ada.createGraph('Talk'))
  await using theirs = await bo.open(mine.id)
  const threads = await theirs.threads()
  const [changes, own] = [theirs.discussion(), theirs.discussion({ mine: true })]
  const node = mine.addNode('Log', { name: 'Seen' })

  const begun = await mine.comment(node, 'Is this right?', { mentions: [(await bo.me()).id] })
  expect(await heard(changes, 2)).toEqual(['thread.created', 'comment.created'])
  expect([...threads]).toEqual([begun])
  expect(threads.about(node)).toEqual([begun])
  expect(begun.quote).toBe('Seen')

  expect(await heard(own, 2)).toEqual(['thread.created', 'comment.created'])
  const answer = await theirs.reply(begun.id, 'It was')
  expect(await heard(own, 1)).toEqual(['comment.created'])
  await theirs.edit(begun.id, answer.id, 'It is')
  expect(await heard(own, 1)).toEqual(['comment.edited'])
  await mine.react(begun.id, answer.id, '👍')
  expect(await heard(own, 1)).toEqual(['comment.reacted'])
  await mine.react(begun.id, answer.id, '👍', { on: false })
  expect(await heard(own, 1)).toEqual(['comment.reacted'])
  await mine.resolve(begun.id)
  expect(await heard(own, 1)).toEqual(['thread.resolved'])
  await mine.reopen(begun.id)
  expect(await heard(own, 1)).toEqual(['thread.reopened'])
  expect(await heard(changes, 4)).toEqual(['comment.reacted', 'comment.reacted', 'thread.resolved', 'thread.reopened'])
  expect(threads.get(begun.id)?.messages.map(({ body }) => body)).toEqual(['Is this right?', 'It is'])

  await theirs.takeBack(begun.id, answer.id)
  expect(await heard(own, 1)).toEqual(['comment.deleted'])
  await mine.takeBack(begun.id, begun.messages[0]?.id ?? '')
  expect(await heard(own, 1)).toEqual(['thread.deleted'])
  expect(threads.size).toBe(0)
})

it('is told of what concerns one, until one has read it', async () => {
  await using graph = await ada.open(await ada.createGraph('Told'))
  await graph.comment({ type: 'canvas', at: [1, 2] }, `Look, @[Bo](${(await bo.me()).id})`)

  const told = (await bo.notifications({ unread: true })).filter(({ graphTitle }) => graphTitle === 'Told')
  expect(told).toMatchObject([{ kind: 'mention', excerpt: 'Look, @Bo' }])
  await bo.readNotifications(told.map(({ id }) => id))
  expect((await bo.notifications({ unread: true })).some(({ graphTitle }) => graphTitle === 'Told')).toBe(false)
  await bo.readNotifications()
  expect(await bo.notifications({ unread: true })).toEqual([])
})

it('reads what was done', async () => {
  await using graph = await ada.open(await ada.createGraph('Done'))
  await graph.comment({ type: 'canvas', at: [0, 0] }, 'Here')

  expect((await graph.activity({ kind: 'thread.created' })).map(({ kind }) => kind)).toEqual(['thread.created'])
  expect((await graph.activity({ limit: 1 })).length).toBe(1)
})

it('is refused what is not there and what one may not', async () => {
  await using graph = await ada.open(await ada.createGraph('Refused'))
  const viewer = connect({ url: flowroom.url, token: await flowroom.tokenFor('viewer') })
  await using theirs = await viewer.open(graph.id)

  await expect(graph.comment('gone', 'x')).rejects.toBeInstanceOf(NoSuchDocument)
  await expect(theirs.comment({ type: 'canvas', at: [0, 0] }, 'x')).rejects.toBeInstanceOf(NotAllowed)
  const changes = theirs.discussion()
  await theirs.leave()
  expect((await changes.next()).done).toBe(true)
})

/** KIT-3. */
it('ends what one follows with what the server said when it closed the door', async () => {
  const graph = await ada.open(await ada.createGraph('Deleted'))
  await graph.threads()
  const follow = () => [graph.changes(), graph.discussion(), graph.presence.changes()]
  const waits = [...follow().map((feed) => feed.next()), graph.presence.changed()]
  const ends = waits.map((wait) => expect(wait).rejects.toBeInstanceOf(NoSuchDocument))

  await ada.deleteGraph(graph.id)
  await Promise.all(ends)
  for (const feed of follow()) await expect(feed.next()).rejects.toBeInstanceOf(NoSuchDocument)
  graph.close()
})

/** KIT-3. */
it('ends at once what one begins to follow in a graph that one has left', async () => {
  const graph = await ada.open(await ada.createGraph('Left'))
  await graph.leave()

  for (const feed of [graph.changes(), graph.discussion(), graph.presence.changes()]) {
    expect((await feed.next()).done).toBe(true)
  }
})

it('says once what it has to send again since answers get lost', async () => {
  const line = await forgetful(flowroom.url, 3)
  const far = connect({ url: line.url, token: await flowroom.tokenFor('commenter', 'Far') })
  const graph = await far.open(await ada.createGraph('Half heard'))
  const begun = await graph.comment({ type: 'canvas', at: [0, 0] }, 'Why?')
  const answer = await graph.reply(begun.id, 'Because.')

  await using seen = await ada.open(graph.id)
  const [thread] = [...(await seen.threads())]
  expect(thread?.messages.map(({ id, body }) => [id, body])).toEqual([
    [begun.messages[0]?.id, 'Why?'],
    [answer.id, 'Because.'],
  ])
  await graph.leave()
  line.end()
})
