/** Where one writes: a calm field that grows, completes @names, sends with Ctrl+Enter and loses nothing. */
import { SendHorizontal } from 'lucide-react'
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { useConnection, useGraph } from '@/document/hooks'
import { newId } from '@/document/ids'
import { Avatar } from '@/ui/Avatar'
import { Button } from '@/ui/Button'
import { classNames } from '@/ui/classNames'
import { Floating } from '@/ui/Floating'
import { IconButton } from '@/ui/IconButton'
import { Kbd } from '@/ui/Kbd'

import styles from './Composer.module.css'
import { useDraft } from './drafts'
import { LetIn } from './LetIn'
import { choose, type Draft, edited, emptyDraft, matching, type Mentionable, mentionAt, toMarkdown } from './mentions'
import { useMentionables } from './useMentionables'

export interface ComposerProps {
  /** Under which the draft is kept. */
  draftKey: string
  label: string
  placeholder: string
  /** What one begins with: the text that is to be changed. */
  begin?: Draft
  /** Says it, under an id that is the same when the same is sent again. What it rejects with is shown, and the draft stays. */
  onSend: (body: string, id: string) => Promise<unknown>
  /** Set where writing can be given up, such as while editing. */
  onCancel?: () => void
  focused?: boolean
  /** Where the names that complete a mention are listed. */
  listSide?: 'above' | 'below'
}

export function Composer({ draftKey, label, placeholder, begin, onSend, onCancel, focused = false, listSide = 'above' }: ComposerProps) {
  const { me } = useGraph()
  const [draft, setDraft] = useDraft(`${me.id}:${draftKey}`, begin)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  const [box, setBox] = useState<HTMLElement | null>(null)
  const tried = useRef({ body: '', id: '' })
  const people = useMentionables()
  const mentions = useMentions(people, draft, setDraft, field)
  const connection = useConnection()
  const away = connection.kind === 'offline' || connection.kind === 'refused'
  const note = useId()
  useEffect(() => {
    if (!focused || field.current === null) return
    field.current.focus({ preventScroll: true })
    // Behind what stands there: one goes on writing.
    field.current.setSelectionRange(field.current.value.length, field.current.value.length)
  }, [focused])

  const empty = draft.text.trim() === ''
  const send = async () => {
    if (empty || busy || away) return
    setBusy(true)
    setProblem('')
    try {
      const body = toMarkdown({ ...draft, text: draft.text.trim() })
      if (tried.current.body !== body) tried.current = { body, id: newId() }
      await onSend(body, tried.current.id)
      tried.current.body = ''
      setDraft(emptyDraft)
    } catch (error) {
      setProblem(sentenceOf(error))
    } finally {
      setBusy(false)
    }
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (mentions.onKeyDown(event)) return
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      // The same keys run the graph elsewhere.
      event.preventDefault()
      event.stopPropagation()
      void send()
    } else if (event.key === 'Escape' && onCancel !== undefined) {
      event.preventDefault()
      event.stopPropagation()
      onCancel()
    }
  }
  return (
    <div className={styles.composer}>
      <div ref={setBox} className={styles.box}>
        <textarea
          ref={field}
          className={styles.field}
          rows={1}
          aria-label={label}
          aria-autocomplete="list"
          aria-controls={mentions.open ? mentions.listId : undefined}
          aria-activedescendant={mentions.open ? mentions.activeId : undefined}
          aria-describedby={note}
          placeholder={placeholder}
          value={draft.text}
          onChange={(event) => {
            setDraft(edited(draft, event.target.value))
            mentions.look(event.target.selectionStart)
          }}
          onSelect={(event) => mentions.look(event.currentTarget.selectionStart)}
          onBlur={mentions.close}
          onKeyDown={onKeyDown}
        />
        {onCancel === undefined && (
          <IconButton
            label="Send"
            keys="Mod+Enter"
            size="small"
            tooltipSide="top"
            icon={<SendHorizontal size={15} />}
            className={classNames(styles.send, !empty && !away && styles.ready)}
            disabled={empty || busy || away}
            onClick={() => void send()}
          />
        )}
        {mentions.open && box !== null && <MentionList {...mentions} anchor={box} side={listSide === 'above' ? 'top' : 'bottom'} />}
      </div>
      <LetIn draft={draft} people={people} onLetIn={() => field.current?.focus()} />
      {problem !== '' && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      <p id={note} className={classNames(styles.note, away && styles.away)} role={away ? 'status' : undefined}>
        {away ? (
          'Not connected: what you write is kept here, and can be sent when the connection is back.'
        ) : (
          <>
            <Kbd keys="Mod+Enter" /> sends, @ calls someone
          </>
        )}
      </p>
      {onCancel !== undefined && (
        <div className={styles.actions}>
          <Button size="small" variant="ghost" onClick={onCancel}>
            Cancel
          </Button>
          <Button size="small" variant="primary" busy={busy} disabled={empty || away} onClick={() => void send()}>
            Save
          </Button>
        </div>
      )}
    </div>
  )
}

type Field = { readonly current: HTMLTextAreaElement | null }

/** The people that fit what is typed after an @, and the keys that go through them. */
function useMentions(all: readonly Mentionable[], draft: Draft, setDraft: (next: Draft) => void, field: Field) {
  const listId = useId()
  const [caret, setCaret] = useState(-1)
  const [active, setActive] = useState(0)
  const caretAfter = useRef<number>(undefined)
  useLayoutEffect(() => {
    if (caretAfter.current === undefined) return
    field.current?.setSelectionRange(caretAfter.current, caretAfter.current)
    caretAfter.current = undefined
  })
  const found = caret < 0 ? undefined : mentionAt(draft, caret)
  const people = found === undefined ? [] : matching(all, found.query)
  const open = people.length > 0
  const close = () => setCaret(-1)
  const pick = (person: Mentionable) => {
    if (found === undefined) return
    const chosen = choose(draft, found.from, caret, person)
    caretAfter.current = chosen.caret
    setDraft(chosen.draft)
    close()
  }
  /** Whether the key was for the list. */
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const person = people[Math.min(active, people.length - 1)]
    if (!open || person === undefined) return false
    if (event.key === 'ArrowDown') setActive((active + 1) % people.length)
    else if (event.key === 'ArrowUp') setActive((active + people.length - 1) % people.length)
    else if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === 'Tab') pick(person)
    else if (event.key === 'Escape') close()
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }
  const look = (at: number) => {
    if (at === caret) return
    setCaret(at)
    setActive(0)
  }
  const at = Math.min(active, people.length - 1)
  return { open, people, active: at, listId, activeId: `${listId}-${String(at)}`, look, close, pick, onKeyDown }
}

const isNamesake = ({ id, name }: Mentionable, people: readonly Mentionable[]) => people.some((other) => other.id !== id && other.name === name)

type MentionListProps = Pick<ReturnType<typeof useMentions>, 'people' | 'active' | 'listId' | 'pick'> & { anchor: HTMLElement; side: 'top' | 'bottom' }

function MentionList({ people, active, listId, pick, anchor, side }: MentionListProps) {
  return (
    <Floating anchor={anchor} side={side} align="start" gap={4} goesAlong role="listbox" id={listId} aria-label="People" className={styles.people}>
      {people.map((person, at) => (
        <div
          key={person.id}
          id={`${listId}-${String(at)}`}
          role="option"
          aria-selected={at === active}
          className={styles.person}
          // The field keeps the focus.
          onPointerDown={(event) => event.preventDefault()}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => pick(person)}
        >
          <Avatar name={person.name} colour={person.colour} size={20} />
          <span className={styles.name} dir="auto">
            {person.name}
          </span>
          {person.email !== undefined && isNamesake(person, people) && <span className={styles.email}>{person.email}</span>}
          {person.kind !== 'person' && <span className={styles.kind}>{person.kind}</span>}
          {person.isOutside === true && <span className={styles.kind}>can’t see this graph</span>}
        </div>
      ))}
    </Floating>
  )
}
