/** What one may do with a graph, asked as it is opened and whenever that may have changed. */
import { ApiError } from './ApiError'
import { request } from './client'
import type { GraphAccess } from './peopleShapes'
import type { Role } from './shapes'

export const accessUrl = (graph: string) => `/api/graphs/${encodeURIComponent(graph)}/access`

export const getAccess = (graph: string) => request<GraphAccess>('GET', accessUrl(graph))

/** One's role on a graph; null when there is no such graph for one. Throws when the server can't tell. */
export async function askRole(graph: string): Promise<Role | null> {
  try {
    return (await getAccess(graph)).mine
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}
