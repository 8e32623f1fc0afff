/**
 * The parts of the editor that come after the canvas, which is what one waits for. Once there is time they are all
 * fetched: what was not needed yet must not be missing when the connection is.
 */
import { laterCanvasParts } from '@/canvas/laterParts'
import { importLeadToStart } from '@/commands/begin'
import { importRegroup } from '@/commands/groupCommands'
import { importLineUp } from '@/commands/lineUpCommands'
import { importPortions } from '@/document/sending'
import { languageOf } from '@/nodes/code/languageOf'
import { importToaster, keepFocusLater } from '@/ui/Toasts'
import { later } from '@/ui/later'
import { toasts } from '@/ui/toast'

const inspector = () => import('@/features/inspector/Inspector')
const runPanel = () => import('@/features/runs/RunPanel')
const outline = () => import('@/canvas/Outline')
const comments = () => import('@/features/comments/CommentsPanel')
const activity = () => import('@/features/activity/ActivityPanel')
const discussion = () => import('@/features/comments/Discussion')
const youForm = () => import('@/features/presence/YouForm')
const notifications = () => import('@/features/notifications/NotificationList')
const shareDialog = () => import('@/features/access/ShareDialog')
const spaceNotice = () => import('@/features/status/SpaceNotice')
const lostGraph = () => import('./LostGraph')
const dialogs = () => import('./Dialogs')
const confirmDialog = () => import('@/ui/ConfirmDialog')
const codeField = () => import('@/nodes/CodeField')
const panels = () => import('@/commands/followWindow').then((module) => module.followWindow())
const announcer = () => import('@/features/announcements/Announcer')
const prepareToasts = () => importToaster().then(toasts.prepare)
const languages = () => Promise.all(['markdown', 'json', 'javascript', 'python'].map(languageOf))

export const Inspector = later(() => inspector().then((module) => ({ default: module.Inspector })))
export const RunPanel = later(() => runPanel().then((module) => ({ default: module.RunPanel })))
export const Outline = later(() => outline().then((module) => ({ default: module.Outline })))
export const CommentsPanel = later(() => comments().then((module) => ({ default: module.CommentsPanel })))
export const ActivityPanel = later(() => activity().then((module) => ({ default: module.ActivityPanel })))
export const Discussion = later(() => discussion().then((module) => ({ default: module.Discussion })))
export const Announcer = later(() => announcer().then((module) => ({ default: module.Announcer })))
export const SpaceNotice = later(() => spaceNotice().then((module) => ({ default: module.SpaceNotice })))
export const LostGraph = later(() => lostGraph().then((module) => ({ default: module.LostGraph })))
export const Dialogs = later(() => dialogs().then((module) => ({ default: module.Dialogs })))

/** Fetch everything that may be wanted later, one after the other; a part that fails is fetched again when it is used. */
export async function fetchLaterParts(): Promise<void> {
  const nodeInspector = () => inspector().then((module) => module.importNodeInspector())
  const seenFirst = [outline, keepFocusLater, panels, dialogs, announcer, inspector, nodeInspector, ...laterCanvasParts, importRegroup, importLineUp, importLeadToStart, importPortions, discussion, comments, activity]
  const opened = [lostGraph, prepareToasts, shareDialog, spaceNotice, codeField, runPanel, notifications, youForm, confirmDialog, languages]
  for (const part of [...seenFirst, ...opened]) {
    try {
      await part()
    } catch {
      return // The connection is gone; whoever opens the part is told so there.
    }
  }
}
