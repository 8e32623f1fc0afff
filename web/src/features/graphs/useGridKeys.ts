import { type KeyboardEvent, useRef } from 'react'

/** The arrow keys go down from the search into the list, from card to card as they lie, and up to the search again. */
export function useGridKeys(search: { current: HTMLElement | null }) {
  const grid = useRef<HTMLUListElement>(null)
  const links = () => [...(grid.current?.querySelectorAll('a') ?? [])]
  const go = (event: KeyboardEvent, to: HTMLElement | null | undefined) => {
    event.preventDefault()
    to?.focus()
  }
  const onSearchKey = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') go(event, links()[0])
  }
  const onGridKey = (event: KeyboardEvent) => {
    const all = links()
    const at = all.findIndex((link) => link === event.target)
    const step = stepOf(event.key, columnsOf(all))
    if (at >= 0 && step !== undefined) go(event, all[at + step] ?? (event.key === 'ArrowUp' ? search.current : undefined))
  }
  return { grid, onGridKey, onSearchKey }
}

function stepOf(key: string, columns: number): number | undefined {
  return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key]
}

/** So many lie beside the first. */
function columnsOf(links: readonly HTMLElement[]): number {
  const top = (link: HTMLElement | undefined) => link?.getBoundingClientRect().top
  const next = links.findIndex((link) => top(link) !== top(links[0]))
  return next < 0 ? links.length : next
}
