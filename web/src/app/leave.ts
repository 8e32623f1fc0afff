/** Going to another page as a whole new page: after one became somebody else, nothing that was read before counts. */
export type Leave = (path: string) => void

export const leaveFor: Leave = (path) => location.assign(path)

/** Where an invitation or a link leads: its graph, or the list of all. */
export const pageOf = (graph: string | null) => (graph === null ? '/' : `/graphs/${encodeURIComponent(graph)}`)
