/** States of a graph that are kept: made, listed, and read. */
import type { components } from '@/api/rest.gen'
import { graphOfState } from '@/document/graphOfState'
import type { Graph } from '@/document/schema.gen'
import { type Requests, searchOf } from './requests'

/**
 * A state that is kept. `at` is seconds since 1970; `reason` is `kept` for one that somebody asked for, `copy` for a
 * client's own copy of an older epoch, `restore` for what a restore put aside.
 */
export type Version = components['schemas']['GraphVersion']
type Page = components['schemas']['GraphVersions']

export class Versions {
  private readonly path: string

  constructor(
    graph: string,
    private readonly requests: Requests,
  ) {
    this.path = `/api/graphs/${encodeURIComponent(graph)}/versions`
  }

  /** Keep what the server has. Throws NotAllowed, RequestRefused. */
  keep(label: string): Promise<Version> {
    return this.requests.send('POST', this.path + searchOf({ label }))
  }

  /** All that are kept, the newest first; pages are fetched until there are no more. */
  async all(): Promise<Version[]> {
    const found: Version[] = []
    let before: string | null = ''
    while (before !== null) {
      const page: Page = await this.requests.send('GET', this.path + searchOf({ before }))
      found.push(...page.items)
      before = page.next
    }
    return found
  }

  /** What a version has. Throws NoSuchDocument. */
  async graph(version: string): Promise<Graph> {
    return graphOfState(await this.requests.bytes(`${this.path}/${encodeURIComponent(version)}?format=yjs`))
  }
}
