/** Who else is in a graph, and what this program shows of itself. The server stamps `user` on everyone. */
import { PresenceChannel } from '@/document/presence'
import type { Presence as State, User } from '@/document/schema.gen'
import { Feed } from './feed'
import type { Line } from './line'

export class Presence {
  private readonly channel: PresenceChannel

  constructor(
    private readonly line: Line,
    user: User,
  ) {
    this.channel = new PresenceChannel(line.connection.awareness, user)
    line.onLeave(() => this.channel.close())
  }

  /** What this program shows of itself. */
  get own(): State {
    return this.channel.state
  }

  /** Everyone else who is here, as they last said; sorted by the user's id. */
  get others(): State[] {
    const states = this.channel.peers.map(({ clientId, selection, ...shown }) => {
      return { selection: [...selection], ...shown, ...this.channel.motion(clientId) }
    })
    return states.sort((a, b) => (a.user.id < b.user.id ? -1 : 1))
  }

  /** Show something of oneself; `null` takes it back, what is left out stays. Sent at most every 33 ms. */
  set(change: Partial<Omit<State, 'user'>>): void {
    this.channel.set(change)
  }

  /** Until anyone else comes, goes or does something; then the others. */
  async changed(): Promise<State[]> {
    const before = JSON.stringify(this.others)
    await this.line.until(() => JSON.stringify(this.others) !== before, this.channel.subscribe, this.channel.subscribeMotion)
    return this.others
  }

  /** The others each time anyone comes, goes or does something, from now on; ends when the graph is left. */
  changes(): Feed<State[]> {
    const feed = new Feed<State[]>()
    let shown = JSON.stringify(this.others)
    const look = () => {
      const now = JSON.stringify(this.others)
      if (now !== shown) feed.put(this.others)
      shown = now
    }
    feed.onEnd(this.channel.subscribeMotion(look))
    this.line.ends(feed)
    return feed
  }
}
