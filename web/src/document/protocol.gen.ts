/** Generated from Python by `npm run generate`; do not edit. */
export const MessageType = {
  "SYNC": 0,
  "AWARENESS": 1,
  "AUTH": 2,
  "QUERY_AWARENESS": 3
} as const

export const SyncType = {
  "STEP1": 0,
  "STEP2": 1,
  "UPDATE": 2
} as const

export const AuthType = {
  "NOTICE": 0,
  "EPOCH": 1,
  "ROLE": 2,
  "SPACE": 3,
  "LEFT_OUT": 4
} as const

export const CloseCode = {
  "SERVICE_RESTART": 1012,
  "TRY_LATER": 1013,
  "NOT_SIGNED_IN": 4401,
  "NOT_ALLOWED": 4403,
  "NO_SUCH_DOCUMENT": 4404,
  "EPOCH_CHANGED": 4409,
  "TOO_LARGE": 4413,
  "MALFORMED": 4422,
  "RATE_LIMITED": 4429,
  "NOT_READY": 4503
} as const

export const closeReasons = {
  "1012": "The server is restarting; connect again.",
  "1013": "The connection could not keep up; connect again to catch up.",
  "4401": "Not signed in: open the address with its token again, or pass a valid token.",
  "4403": "This identity may not do that here; ask an admin of the graph for a higher role.",
  "4404": "There is no such document; it may have been deleted.",
  "4409": "The document was restored to an earlier state; reload to join it again.",
  "4413": "A frame was larger than the server accepts; send smaller edits.",
  "4422": "A frame was not a well-formed Yjs message; nothing of it was applied.",
  "4429": "Too many messages in a short time; slow down before connecting again.",
  "4503": "The document could not be loaded just now; connect again in a moment."
} as const

export const roles = [
  "viewer",
  "commenter",
  "runner",
  "editor",
  "admin"
] as const

export const peerKinds = [
  "person",
  "bot",
  "agent",
  "engine"
] as const

export const maxFrameBytes = 1048576 as const

export const maxPresenceBytes = 4096 as const

export const schemaVersion = 1 as const

export const proseParams = [
  "body",
  "code",
  "prompt",
  "promptTemplate",
  "query",
  "source",
  "system",
  "template",
  "text"
] as const

export const containerTypes = [
  "Group"
] as const

export const maxNesting = 32 as const

export const maxCoordinate = 1000000000 as const

export const terminalRunStates = [
  "cancelled",
  "failed",
  "succeeded"
] as const

export const terminalNodeStates = [
  "cached",
  "cancelled",
  "failed",
  "skipped",
  "succeeded",
  "timed_out",
  "upstream_failed"
] as const

export const nodeDefaults = {
  "typeVersion": 1,
  "name": "",
  "pos": [
    0,
    0
  ],
  "size": null,
  "params": {},
  "parent": null,
  "ports": null,
  "runWhen": "inputs",
  "retry": null,
  "timeout": null,
  "onError": "fail",
  "disabled": false,
  "pinned": null
} as const

export const edgeDefaults = {
  "sourcePort": "output",
  "targetPort": "input",
  "kind": "flow",
  "varName": null,
  "condition": null,
  "label": null,
  "order": 0
} as const

export const metaDefaults = {
  "schemaVersion": 1,
  "title": "Untitled",
  "description": "",
  "live": false,
  "lastRun": null,
  "createdFrom": null,
  "execution": "dataflow",
  "flowVariables": true
} as const

export const graphPath = (id: string) => `/sync/graphs/${encodeURIComponent(id)}`

export const discussionPath = (id: string) => `/sync/graphs/${encodeURIComponent(id)}/discussion`

export const runPath = (id: string) => `/sync/runs/${encodeURIComponent(id)}`
