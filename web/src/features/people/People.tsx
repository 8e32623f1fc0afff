/** The people page of the workspace's admins: members, invitations that nobody has accepted yet, and API tokens. */
import { useState } from 'react'

import type { Me } from '@/api/shapes'
import { Tabs } from '@/ui/Tabs'

import { Invitations } from './Invitations'
import { Members } from './Members'
import styles from './People.module.css'
import { Tokens } from './Tokens'

export function People({ me }: { me: Me }) {
  const [tab, setTab] = useState('people')
  return (
    <div className={styles.sheet}>
      <Tabs
        label="People"
        value={tab}
        onChange={setTab}
        tabs={[
          { id: 'people', label: 'People', content: <Members me={me} onInvite={() => setTab('invitations')} /> },
          { id: 'invitations', label: 'Invitations', content: <Invitations /> },
          { id: 'tokens', label: 'Tokens', content: <Tokens /> },
        ]}
      />
    </div>
  )
}
