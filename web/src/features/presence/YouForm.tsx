/** One's name and colour, as others see them, and the ways to one's account and out. */
import { LogOut, UserRound, UsersRound } from 'lucide-react'
import { Link } from 'wouter'

import { sentenceOf } from '@/api/ApiError'
import { useChangeMe } from '@/api/queries'
import { roleWords } from '@/api/roleWords'
import { signOut } from '@/api/session'
import type { Me } from '@/api/shapes'
import { forgetCopiesOnArrival } from '@/document/offlineCopies'
import { Avatar } from '@/ui/Avatar'
import { ColourChoice } from '@/ui/ColourChoice'
import { Field } from '@/ui/Field'
import { DraftInput } from '@/ui/TextInput'
import { toast } from '@/ui/toast'

import styles from './YouMenu.module.css'

export function YouForm({ me }: { me: Me }) {
  const change = useChangeMe()
  const save = (next: Partial<Pick<Me, 'name' | 'colour'>>) => {
    change.mutate(next, {
      onError: (error) => toast.error('The change was not saved', { description: sentenceOf(error) }),
    })
  }
  return (
    <div className={styles.form}>
      <div className={styles.you}>
        <Avatar name={me.name} colour={me.colour} size={36} />
        <div>
          <p className={styles.name}>{me.name}</p>
          <p className={styles.role}>{me.email ?? (me.role === null ? 'Guest' : roleWords[me.role].label)}</p>
        </div>
      </div>
      <Field label="Name" hint="Others see it at your cursor.">
        {(control) => (
          <DraftInput
            {...control}
            value={me.name}
            maxLength={60}
            onCommit={(name) => {
              if (name.trim() !== '') save({ name: name.trim() })
            }}
          />
        )}
      </Field>
      <ColourChoice value={me.colour} onChange={(colour) => save({ colour })} />
      <nav className={styles.ways} aria-label="Your pages">
        <Link href="/account" className={styles.way}>
          <UserRound size={15} aria-hidden />
          Your account
        </Link>
        {me.role === 'admin' && (
          <Link href="/people" className={styles.way}>
            <UsersRound size={15} aria-hidden />
            People
          </Link>
        )}
        <button type="button" className={styles.way} onClick={() => void leave()}>
          <LogOut size={15} aria-hidden />
          Sign out
        </button>
      </nav>
    </div>
  )
}

/** Out of the session, and out of this page with all that it read. */
async function leave(): Promise<void> {
  try {
    await signOut()
  } catch (error) {
    toast.error('You are still signed in', { description: sentenceOf(error) })
    return
  }
  forgetCopiesOnArrival()
  location.assign('/')
}
