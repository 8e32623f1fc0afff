/** What one says about a graph: written here, read live from the discussion's document (document/openDiscussion.ts). */
import type { WritableAnchor } from '@/document/anchors'
import type { Message, Thread } from '@/document/schema.gen'

import { graphUrl, request } from './client'
import type { Member } from './peopleShapes'
import type { Page } from './shapes'

/** Markdown, in which `@[Ada](id)` mentions someone. */
export interface Said {
  body: string
}

/** Something new, with the id it is to have: sent again since no answer came, it is said once. */
export interface NewlySaid extends Said {
  id: string
}

export interface UnreadAnswer {
  items: { thread: string; unread: number }[]
  total: number
}

export const beginThread = (graph: string, anchor: WritableAnchor, said: NewlySaid) =>
  request<Thread>('POST', threadsUrl(graph), { anchor, ...said })
export const setThreadState = (graph: string, thread: string, state: Thread['state']) =>
  request<Thread>('PATCH', threadUrl(graph, thread), { state })
export const deleteThread = (graph: string, thread: string) => request<null>('DELETE', threadUrl(graph, thread))

export const reply = (graph: string, thread: string, said: NewlySaid) =>
  request<Message>('POST', `${threadUrl(graph, thread)}/messages`, said)
export const editMessage = (graph: string, thread: string, message: string, said: Said) =>
  request<Message>('PATCH', messageUrl(graph, thread, message), said)
export const deleteMessage = (graph: string, thread: string, message: string) =>
  request<null>('DELETE', messageUrl(graph, thread, message))
export const setReaction = (graph: string, thread: string, message: string, emoji: string, on: boolean) =>
  request<Message>(on ? 'PUT' : 'DELETE', `${messageUrl(graph, thread, message)}/reactions/${encodeURIComponent(emoji)}`)

export const getUnread = (graph: string) => request<UnreadAnswer>('GET', `${threadsUrl(graph)}/unread`)
/** How far one has read: thread → the last message seen; without it, everything. */
export const markRead = (graph: string, threads?: Record<string, string>) =>
  request<null>('PUT', `${threadsUrl(graph)}/read`, threads === undefined ? {} : { threads })

/** Who has an account here; told to members, refused to guests. */
export const listMembers = () =>
  request<Page<Member>>('GET', '/api/members?limit=200').then((page) => page.items)

const threadsUrl = (graph: string) => `${graphUrl(graph)}/threads`
const threadUrl = (graph: string, thread: string) => `${threadsUrl(graph)}/${encodeURIComponent(thread)}`
const messageUrl = (graph: string, thread: string, message: string) =>
  `${threadUrl(graph, thread)}/messages/${encodeURIComponent(message)}`
