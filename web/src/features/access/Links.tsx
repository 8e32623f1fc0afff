/** Links that open the graph to whoever has them: made here, shown once, and ended here. */
import { Link2 } from 'lucide-react'
import { useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { useCreateLink, useRevokeLink } from '@/api/access'
import type { ShareLink } from '@/api/peopleShapes'
import { roleOptions, roleWords } from '@/api/roleWords'
import type { Role } from '@/api/shapes'
import { Button } from '@/ui/Button'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { CopyField } from '@/ui/CopyField'
import { Select } from '@/ui/Select'
import { toast } from '@/ui/toast'

import { linkFacts } from './linkFacts'
import styles from './ShareDialog.module.css'

const terms = [
  { value: '1', label: 'For a day' },
  { value: '7', label: 'For a week' },
  { value: '30', label: 'For 30 days' },
  { value: '', label: 'Until it is ended' },
]
/** A link lets in strangers: it can give every role but the one that gives roles. */
const linkRoles = roleOptions.filter(({ value }) => value !== 'admin')

export function Links({ graph, links }: { graph: string; links: readonly ShareLink[] }) {
  const [ending, setEnding] = useState<ShareLink | null>(null)
  return (
    <section aria-labelledby="share-links">
      <h3 id="share-links" className={styles.heading}>
        Links
      </h3>
      {links.length === 0 && <p className={styles.plain}>Whoever has a link comes in with its role, without an account.</p>}
      <ul aria-label="Links">
        {links.map((link) => (
          <li key={link.id} className={styles.row}>
            <span className={styles.sign}>
              <Link2 size={15} aria-hidden />
            </span>
            <div className={styles.words}>
              <p className={styles.name}>{roleWords[link.role].label} link</p>
              <p className={styles.sub}>{linkFacts(link)}</p>
            </div>
            <Button size="small" variant="ghost" onClick={() => setEnding(link)}>
              End link
            </Button>
          </li>
        ))}
      </ul>
      <NewLink graph={graph} links={links} />
      <EndDialog graph={graph} link={ending} onClose={() => setEnding(null)} />
    </section>
  )
}

/** The address of the link just made is there to copy for as long as the link is: one that was ended opens nothing. */
function NewLink({ graph, links }: { graph: string; links: readonly ShareLink[] }) {
  const create = useCreateLink(graph)
  const [role, setRole] = useState<Role>('viewer')
  const [days, setDays] = useState('7')
  const [made, setMade] = useState<{ id: string; url: string } | null>(null)
  const make = () => {
    create.mutate(
      { role, ...(days !== '' && { expiresInDays: Number(days) }) },
      {
        onSuccess: setMade,
        onError: (error) => toast.error('No link was made', { description: sentenceOf(error) }),
      },
    )
  }
  return (
    <>
      <div className={styles.newLink}>
        <div>
          <Select aria-label="Role of the link" value={role} options={linkRoles} onChange={(next) => setRole(next as Role)} />
        </div>
        <div>
          <Select aria-label="How long the link is good" value={days} options={terms} onChange={setDays} />
        </div>
        <Button icon={<Link2 size={15} />} busy={create.isPending} onClick={make}>
          Create link
        </Button>
      </div>
      {made !== null && links.some(({ id }) => id === made.id) && (
        <div className={styles.made}>
          <CopyField label="The new link" value={made.url} note="Copy it now: it is not shown again." />
        </div>
      )}
    </>
  )
}

function EndDialog({ graph, link, onClose }: { graph: string; link: ShareLink | null; onClose: () => void }) {
  const revoke = useRevokeLink(graph)
  return (
    <ConfirmDialog
      open={link !== null}
      onOpenChange={onClose}
      title="End this link?"
      loses="It opens nothing any more, and whoever came by it is out at once, unless they have the graph otherwise. It can’t be brought back; you would make another."
      action="End link"
      busy={revoke.isPending}
      onConfirm={() => {
        if (link === null) return
        revoke.mutate(link.id, {
          onSuccess: onClose,
          onError: (error) => toast.error('The link still works', { description: sentenceOf(error) }),
        })
      }}
    />
  )
}
