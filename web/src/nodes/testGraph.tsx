/** A graph of one's own for tests: a real document, rows, undo and presence, with nobody at the other end. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { GraphContext } from '@/document/hooks'
import { OpenGraph } from '@/document/openGraph'
import type { Role } from '@/document/roles'
import type { NodeType } from '@/document/schema.gen'

const port = (name: string) =>
  ({ name, label: '', type: 'any', arity: 'single', required: false, feedback: false }) as const

function nodeType(type: string, more: Partial<NodeType> = {}): NodeType {
  return {
    type,
    version: 1,
    title: type,
    description: `What a ${type} does.`,
    category: 'Data',
    icon: 'box',
    inputs: [port('input')],
    outputs: [port('output')],
    params: { type: 'object', properties: {} },
    effect: 'pure',
    body: 'plain',
    container: false,
    portsFrom: null,
    runnable: true,
    ...more,
  }
}

/** A few types in the shape that the engine describes its own. */
export const testTypes: NodeType[] = [
  nodeType('LLM', {
    category: 'AI',
    body: 'text',
    outputs: [port('output')],
    params: {
      type: 'object',
      required: ['model'],
      properties: {
        provider: {
          title: 'Provider',
          type: 'string',
          enum: ['local', 'openai'],
          'x-labels': { local: 'Local', openai: 'OpenAI' },
          default: 'local',
          'x-widget': 'select',
        },
        model: { title: 'Model', type: 'string', minLength: 2, description: 'Its name' },
        prompt: { title: 'Prompt', type: 'string', default: '', 'x-widget': 'code', 'x-language': 'template' },
        temperature: { title: 'Temperature', type: 'number', minimum: 0, maximum: 2, 'x-widget': 'slider' },
        tokens: { title: 'Tokens', type: 'integer', minimum: 1, maximum: 100, default: 50 },
        limit: {
          title: 'Limit',
          anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }],
          default: null,
          'x-group': 'More',
        },
        stream: { title: 'Stream', type: 'boolean', default: true },
        stop: { title: 'Stop at', type: 'array', items: { type: 'string' }, default: [] },
        headers: { title: 'Headers', type: 'object', additionalProperties: { type: 'string' }, 'x-widget': 'keyvalue' },
        history: { title: 'History', type: 'array', 'x-hidden': true },
      },
    },
  }),
  nodeType('Switch', {
    portsFrom: 'cases',
    outputs: [port('else')],
    params: {
      type: 'object',
      properties: { cases: { title: 'Cases', type: 'array', 'x-widget': 'cases', default: [] } },
    },
  }),
  nodeType('Chat', { category: 'Triggers', body: 'chat', outputs: [port('message')] }),
  nodeType('Log', { category: 'Output', body: 'log', outputs: [] }),
  nodeType('Group', { category: 'Flow', container: true, inputs: [], outputs: [] }),
]

export function openTestGraph(role: Role = 'editor'): OpenGraph {
  return new OpenGraph({
    id: 'g',
    me: { id: 'me', name: 'Ada', colour: '#2b7fe0', kind: 'person' },
    role,
    types: testTypes,
    server: 'ws://127.0.0.1:9',
    keepOfflineCopy: false,
  })
}

export function InGraph({ graph, children }: { graph: OpenGraph; children: ReactNode }) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  return (
    <QueryClientProvider client={queries}>
      <GraphContext value={graph}>{children}</GraphContext>
    </QueryClientProvider>
  )
}
