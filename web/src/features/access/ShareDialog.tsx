/** Who has this graph, and by what: people, everyone in the workspace, links. Its admins change it; others read it. */
import { sentenceOf } from '@/api/ApiError'
import { useAccess } from '@/api/access'
import type { GraphAccess } from '@/api/peopleShapes'
import { useMe } from '@/api/queries'
import { aRole, roleWords } from '@/api/roleWords'
import { useGraph, useMeta } from '@/document/hooks'
import { Dialog } from '@/ui/Dialog'
import { Skeleton } from '@/ui/Skeleton'
import { TryAgain } from '@/ui/TryAgain'

import { AddPeople } from './AddPeople'
import { AskForRole } from './AskForRole'
import { Links } from './Links'
import { PeopleWithAccess } from './PeopleWithAccess'
import { Requests } from './Requests'
import styles from './ShareDialog.module.css'
import { GeneralAccess } from './GeneralAccess'

export function ShareDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { title } = useMeta()
  const { role } = useGraph()
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={role === 'admin' ? `Share “${title}”` : `Who has “${title}”`} width={560}>
      <Access />
    </Dialog>
  )
}

function Access() {
  const { id } = useGraph()
  const access = useAccess(id)
  const me = useMe().data
  if (access.isError && access.data === undefined) {
    return (
      <p className={styles.plain}>
        {sentenceOf(access.error)} <TryAgain onClick={() => void access.refetch()} />
      </p>
    )
  }
  if (access.data === undefined || me === undefined) {
    return (
      <div className={styles.sections} aria-busy>
        <Skeleton height={32} />
        <Skeleton height={120} />
      </div>
    )
  }
  const mayShare = access.data.mine === 'admin'
  return (
    <div className={styles.sections}>
      {mayShare ? (
        <>
          <Requests graph={id} />
          <AddPeople graph={id} access={access.data} me={me.id} />
        </>
      ) : (
        <>
          <YourRole access={access.data} />
          <AskForRole graph={id} mine={access.data.mine} />
        </>
      )}
      <section aria-labelledby="who-has-access">
        <h3 id="who-has-access" className={styles.heading}>
          Who has access
        </h3>
        <GeneralAccess graph={id} access={access.data} mayShare={mayShare} />
        <PeopleWithAccess graph={id} access={access.data} me={me.id} mayShare={mayShare} />
      </section>
      {mayShare && <Links graph={id} links={access.data.links} />}
    </div>
  )
}

function YourRole({ access: { mine } }: { access: GraphAccess }) {
  return (
    <p className={styles.yours}>
      You are <strong>{aRole(mine)}</strong> here: you can {roleWords[mine].can}.
    </p>
  )
}
