/** Where a run of the whole graph begins, which is seen to when someone asks for one; leadToStart.ts does it. */
import type { OpenGraph } from '@/document/openGraph'
import { untilThere } from '@/ui/later'

export const importLeadToStart = () => import('./leadToStart')

/** See leadToStart.ts. */
export const ledToStart = async (graph: OpenGraph) => (await untilThere(importLeadToStart)).leadToStart(graph)
