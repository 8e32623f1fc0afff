import type { GraphSummary } from '@/api/shapes'
import type { SelectOption } from '@/ui/Select'

export type Sorting = 'edited' | 'title' | 'size'

export const sortings: readonly SelectOption[] = [
  { value: 'edited', label: 'Last edited' },
  { value: 'title', label: 'Title' },
  { value: 'size', label: 'Most nodes' },
]

const byTitle = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** In the order a person chose; `edited` is the order the server gives. */
export function sortGraphs(graphs: readonly GraphSummary[], sorting: Sorting): GraphSummary[] {
  switch (sorting) {
    case 'edited':
      return [...graphs]
    case 'title':
      return graphs.toSorted((one, other) => byTitle.compare(one.title, other.title))
    case 'size':
      return graphs.toSorted((one, other) => other.nodes - one.nodes)
  }
}
