/** One's own account: how others see one, the password, and where one is signed in. */
import type { ReactNode } from 'react'
import { Link } from 'wouter'

import { sentenceOf } from '@/api/ApiError'
import { useChangeMe } from '@/api/queries'
import { roleWords } from '@/api/roleWords'
import type { Me } from '@/api/shapes'
import { Avatar } from '@/ui/Avatar'
import { ColourChoice } from '@/ui/ColourChoice'
import { Field } from '@/ui/Field'
import { DraftInput } from '@/ui/TextInput'
import { toast } from '@/ui/toast'

import styles from './Account.module.css'
import { PasswordForm } from './PasswordForm'
import { Sessions } from './Sessions'

export function Account({ me }: { me: Me }) {
  const account = me.email ?? null
  return (
    <div className={styles.sections}>
      <Section title="How others see you" lead="Your name and colour, at your cursor and beside what you do.">
        <Profile me={me} />
      </Section>
      <Section
        title="Password"
        lead={account === null ? '' : `You sign in with ${account}. A new password ends all your other sessions.`}
      >
        {account === null ? (
          <p className={styles.plain}>
            You came in by a link or a token, so there is no password to change.{' '}
            {me.role === 'admin' ? (
              <>
                Invite yourself to an account under <Link href="/people">People</Link>.
              </>
            ) : (
              'An admin of the workspace can invite you to an account.'
            )}
          </p>
        ) : (
          <PasswordForm email={account} name={me.name} />
        )}
      </Section>
      <Section title="Where you are signed in" lead="End what you don’t know, or have left behind on another machine.">
        <Sessions />
      </Section>
    </div>
  )
}

function Section({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <section className={styles.section}>
      <div className={styles.about}>
        <h2>{title}</h2>
        <p>{lead}</p>
      </div>
      <div className={styles.body}>{children}</div>
    </section>
  )
}

function Profile({ me }: { me: Me }) {
  const change = useChangeMe()
  const save = (next: Partial<Pick<Me, 'name' | 'colour'>>) => {
    change.mutate(next, {
      onError: (error) => toast.error('The change was not saved', { description: sentenceOf(error) }),
    })
  }
  return (
    <div className={styles.form}>
      <div className={styles.you}>
        <Avatar name={me.name} colour={me.colour} size={44} />
        <div>
          <p className={styles.name}>{me.name}</p>
          <p className={styles.role}>{me.role === null ? 'Guest: you have what was shared with you' : `${roleWords[me.role].label} of this workspace`}</p>
        </div>
      </div>
      <Field label="Name">
        {(control) => (
          <DraftInput
            {...control}
            value={me.name}
            autoComplete="name"
            maxLength={60}
            onCommit={(name) => {
              if (name.trim() !== '') save({ name: name.trim() })
            }}
          />
        )}
      </Field>
      <ColourChoice value={me.colour} onChange={(colour) => save({ colour })} />
    </div>
  )
}
