/** Invitations that nobody has accepted yet: made here, with an address that is shown once, and taken back here. */
import { MailPlus, TriangleAlert } from 'lucide-react'
import { useState } from 'react'

import { helpOf, sentenceOf } from '@/api/ApiError'
import { useInvitations, useInvite, useRevokeInvitation } from '@/api/people'
import type { Invitation } from '@/api/peopleShapes'
import { roleOptions, roleWords } from '@/api/roleWords'
import type { Role } from '@/api/shapes'
import { Button } from '@/ui/Button'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { Dialog } from '@/ui/Dialog'
import { EmptyState } from '@/ui/EmptyState'
import { Field } from '@/ui/Field'
import { Form } from '@/ui/Form'
import { ago } from '@/ui/formatTime'
import { Select } from '@/ui/Select'
import { TextInput } from '@/ui/TextInput'
import { toast } from '@/ui/toast'

import { ListWaiting } from './ListWaiting'
import styles from './People.module.css'
import { SecretDialog } from './SecretDialog'
import { until } from './until'

export function Invitations() {
  const invitations = useInvitations()
  const [inviting, setInviting] = useState(false)
  const [url, setUrl] = useState<string | null>(null)
  const [ending, setEnding] = useState<Invitation | null>(null)
  const dialogs = (
    <>
      <InviteDialog
        open={inviting}
        onClose={() => setInviting(false)}
        onMade={(made) => {
          setInviting(false)
          setUrl(made)
        }}
      />
      <SecretDialog
        title="The invitation is made"
        lead="Send this link to whom you invite, in a message of your own. It lets in one person, once."
        label="Link"
        secret={url}
        onClose={() => setUrl(null)}
      />
      <RevokeDialog invitation={ending} onClose={() => setEnding(null)} />
    </>
  )
  const invite = (
    <Button variant="primary" icon={<MailPlus size={15} />} onClick={() => setInviting(true)}>
      Invite
    </Button>
  )
  if (invitations.isPending) return <ListWaiting />
  if (invitations.isError) {
    return (
      <EmptyState icon={<TriangleAlert size={20} />} title="The invitations could not be loaded" actions={<Button onClick={() => void invitations.refetch()}>Try again</Button>}>
        {sentenceOf(invitations.error)}
      </EmptyState>
    )
  }
  if (invitations.data.length === 0) {
    return (
      <>
        <EmptyState icon={<MailPlus size={20} />} title="No open invitations" actions={invite}>
          An invitation is a link that you send yourself. Whoever opens it chooses a name and a password and is a member
          with the role you gave. It works once.
        </EmptyState>
        {dialogs}
      </>
    )
  }
  return (
    <>
      <div className={styles.head}>
        <p>Not accepted yet. A link is shown only when it is made; if it got lost, take the invitation back and make another.</p>
        {invite}
      </div>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">For</th>
            <th scope="col">As</th>
            <th scope="col">Made</th>
            <th scope="col">Open until</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {invitations.data.map((invitation) => (
            <tr key={invitation.id}>
              <td>
                <p className={styles.name}>{invitation.email ?? 'Whoever has the link'}</p>
                {invitation.graph !== null && <p className={styles.sub}>to one graph, as a guest</p>}
              </td>
              <td data-column="As">{roleWords[invitation.role].label}</td>
              <td className={styles.when} data-column="Made">{ago(invitation.createdAt)}</td>
              <td className={styles.when} data-column="Open until">{until(invitation.expiresAt)}</td>
              <td className={styles.act}>
                <Button size="small" variant="ghost" aria-label={`Take back the invitation for ${invitation.email ?? 'whoever has the link'}`} onClick={() => setEnding(invitation)}>
                  Take back
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {dialogs}
    </>
  )
}

function InviteDialog({ open, onClose, onMade }: { open: boolean; onClose: () => void; onMade: (url: string) => void }) {
  return (
    <Dialog open={open} onOpenChange={onClose} title="Invite someone" width={440}>
      <InviteForm onMade={onMade} />
    </Dialog>
  )
}

function InviteForm({ onMade }: { onMade: (url: string) => void }) {
  const invite = useInvite()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('editor')
  const submit = () => {
    const address = email.trim()
    invite.mutate({ role, ...(address !== '' && { email: address }) }, { onSuccess: ({ url }) => onMade(url) })
  }
  return (
    <Form className={styles.form} onSubmit={submit}>
      <Field
        label="Email"
        hint="Only this address may accept it. Leave it empty for a link that anyone you send it to may use."
        error={invite.isError ? helpOf(invite.error) : undefined}
      >
        {(control) => <TextInput {...control} type="email" autoComplete="off" data-autofocus value={email} onChange={(event) => setEmail(event.target.value)} />}
      </Field>
      <Field label="Role" hint={roleWords[role].hint + '.'}>
        {(control) => <Select {...control} value={role} options={roleOptions} onChange={(next) => setRole(next as Role)} />}
      </Field>
      <Button type="submit" variant="primary" busy={invite.isPending}>
        Make the invitation
      </Button>
    </Form>
  )
}

function RevokeDialog({ invitation, onClose }: { invitation: Invitation | null; onClose: () => void }) {
  const revoke = useRevokeInvitation()
  return (
    <ConfirmDialog
      open={invitation !== null}
      onOpenChange={onClose}
      title="Take back this invitation?"
      loses="Its link opens nothing any more. If you change your mind, you make another and send that."
      action="Take back"
      busy={revoke.isPending}
      onConfirm={() => {
        if (invitation === null) return
        revoke.mutate(invitation.id, {
          onSuccess: onClose,
          onError: (error) => toast.error('It was not taken back', { description: sentenceOf(error) }),
        })
      }}
    />
  )
}
