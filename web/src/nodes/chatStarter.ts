import { edgeDefaults, nodeDefaults } from '@/document/protocol.gen'
import type { Edge, Node } from '@/document/schema.gen'

/** Someone asks, a model answers, a log keeps it: what a graph about language most often begins with. */
export function chatStarter(): { nodes: Node[]; edges: Edge[] } {
  const node = (id: string, fields: Partial<Node>) => ({ ...nodeDefaults, id, ...fields }) as Node
  const edge = (id: string, fields: Partial<Edge>) => ({ ...edgeDefaults, id, ...fields }) as Edge
  return {
    nodes: [
      node('chat', { type: 'Chat', name: 'Ask something', pos: [0, 0], size: [304, 300], params: {} }),
      node('model', { type: 'LLM', name: 'Model', pos: [416, 0], params: { system: 'Answer in one or two short sentences.', prompt: '' } }),
      node('log', { type: 'Log', name: 'What it said', pos: [816, 0], size: [304, 300], params: {} }),
    ],
    edges: [
      edge('ask', { source: 'chat', sourcePort: 'message', target: 'model', targetPort: 'message', order: 0 }),
      edge('answer', { source: 'model', target: 'chat', targetPort: 'reply', label: 'answer', order: 1 }),
      edge('keep', { source: 'model', target: 'log', order: 2 }),
    ],
  }
}
