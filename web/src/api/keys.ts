/**
 * Every key of the query cache. What is under one key has one shape: two queries that share a key and not the shape
 * break each other. A key that begins with another is invalidated with it.
 */
export const keys = {
  me: ['me'] as const,
  sessions: ['session', 'mine'] as const,
  signInMethods: ['session', 'methods'] as const,
  nodeTypes: ['node-types'] as const,
  allGraphs: ['graphs'] as const,
  graphs: (query: string) => ['graphs', query] as const,
  runs: (graph: string) => ['runs', graph] as const,
  run: (run: string) => ['run', run] as const,
  events: (run: string) => ['events', run] as const,
  outputs: (run: string, path: string, iteration: number) => ['outputs', run, path, iteration] as const,
  history: (graph: string, node: string) => ['history', graph, node] as const,
  activity: (graph: string, wanted: object) => ['activity', graph, wanted] as const,
  activityNews: (graph: string, wanted: object) => ['activity-news', graph, wanted] as const,
  versions: (graph: string) => ['versions', graph] as const,
  version: (graph: string, version: string) => ['version', graph, version] as const,
  access: (graph: string) => ['access', graph] as const,
  accessRequests: ['access-requests'] as const,
  openAccessRequests: (graph: string) => ['access-requests', graph, 'open'] as const,
  ownAccessRequest: (graph: string) => ['access-requests', graph, 'own'] as const,
  linkOffer: (token: string) => ['link-offer', token] as const,
  allMembers: ['members'] as const,
  memberPages: ['members', 'pages'] as const,
  mentionableMembers: ['members', 'mentionable'] as const,
  invitations: ['invitations'] as const,
  invitationOffer: (token: string) => ['invitation-offer', token] as const,
  tokens: ['tokens'] as const,
  notifications: ['notifications'] as const,
  unreadNotifications: ['notifications-unread'] as const,
}
