/** The window of a conversation beside its pin: a thread, or the field in which one begins. It goes along with its pin. */
import { ChevronRight, X } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'

import { beginThread } from '@/api/discussion'
import { showInEditor, type Talk, useEditorView } from '@/commands/editorView'
import { closeTalk, openThread, pinOf } from '@/commands/talk'
import { anchorKey, isAt } from '@/document/anchors'
import { useGraph, useNodes, useThreads } from '@/document/hooks'
import { Floating } from '@/ui/Floating'
import { IconButton } from '@/ui/IconButton'

import { Composer } from './Composer'
import { placeOf } from './placeOf'
import styles from './ThreadPopover.module.css'
import { ThreadView } from './ThreadView'

/** So many frames a pin may take to be drawn before the conversation goes to the panel. */
const patience = 20

export function ThreadPopover() {
  const talk = useEditorView((view) => view.talk)
  return talk?.where === 'pin' ? <Beside key={anchorKey(talk.anchor) + (talk.pin ?? '')} talk={talk} /> : null
}

function Beside({ talk }: { talk: Talk }) {
  const pin = usePin(talk)
  const close = (how: 'escape' | 'elsewhere') => closeTalk({ focusBack: how === 'escape' })
  if (pin === undefined) return null
  return (
    <Floating
      anchor={pin}
      side="right"
      align="start"
      gap={10}
      goesAlong
      role="dialog"
      aria-label={talk.thread === null ? 'New comment' : 'Comments'}
      className={styles.window}
      onDismiss={close}
    >
      {talk.thread === null ? <NewThread talk={talk} /> : <Reading key={talk.thread} talk={talk} thread={talk.thread} />}
    </Floating>
  )
}

/** The pin, as soon as it is drawn, and again whenever it comes back into view; when there is none, as when its node was deleted, the panel has the conversation. */
function usePin(talk: Talk): HTMLElement | undefined {
  const [pin, setPin] = useState<HTMLElement>()
  const nodes = useNodes()
  useEffect(() => {
    let left = patience
    let frame = 0
    let shown: HTMLElement | undefined
    const look = () => {
      // One that was out of view, and is drawn again, is another element.
      if (shown?.isConnected !== true) {
        const found = pinOf(talk)
        if (found !== undefined) setPin((shown = found))
        else if (shown === undefined && left-- <= 0) {
          showInEditor({ talk: { where: 'panel', anchor: talk.anchor, thread: talk.thread }, rightPanel: 'comments' })
          return
        }
      }
      frame = requestAnimationFrame(look)
    }
    look()
    return () => cancelAnimationFrame(frame)
  }, [talk, nodes])
  return pin
}

function Reading({ talk, thread }: { talk: Talk; thread: string }) {
  const graph = useGraph()
  const content = useRef<HTMLDivElement>(null)
  const key = talk.pin ?? anchorKey(talk.anchor)
  const here = useThreads().filter((each) => isAt(each, key) && (each.state === 'open' || each.id === thread))
  const at = here.findIndex(({ id }) => id === thread)
  const next = here.length > 1 ? here[(at + 1) % here.length] : undefined
  useEffect(() => content.current?.focus({ preventScroll: true }), [])
  const onGone = useCallback(() => closeTalk(), [])
  return (
    <div ref={content} tabIndex={-1} className={styles.content}>
      <ThreadView
        id={thread}
        onGone={onGone}
        after={
          <>
            {next !== undefined && (
              <IconButton
                size="small"
                label={`Next thread here, ${String(at + 1)} of ${String(here.length)} is shown`}
                icon={<ChevronRight size={16} />}
                onClick={() => openThread(graph, next, 'pin', talk.pin)}
              />
            )}
            <IconButton size="small" label="Close" icon={<X size={15} />} onClick={() => closeTalk()} />
          </>
        }
      />
    </div>
  )
}

/** Nobody hits the same place of the canvas twice: what was begun at one is gone on with at the next. */
const draftOf = (anchor: Talk['anchor']) => (anchor.type === 'canvas' ? 'canvas' : anchorKey(anchor))

function NewThread({ talk }: { talk: Talk }) {
  const graph = useGraph()
  const { anchor } = talk
  if (anchor.type === 'unknown') return null
  const begin = async (body: string, id: string) => {
    const thread = await beginThread(graph.id, anchor, { id, body })
    openThread(graph, thread, 'pin', talk.pin)
  }
  return (
    <div className={styles.content}>
      <p className={styles.about}>{placeOf(graph, { anchor, quote: '' }).name}</p>
      <div className={styles.begin}>
        <Composer draftKey={`${graph.id}:${draftOf(anchor)}`} label="Comment" placeholder="Comment" focused listSide="below" onSend={begin} />
      </div>
    </div>
  )
}
