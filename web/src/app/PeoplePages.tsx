/** The pages that are about people and no graph: one's own account, and everyone in the workspace, for its admins. */
import { Link } from 'wouter'
import type { Me } from '@/api/shapes'
import { Account } from '@/features/people/Account'
import { People } from '@/features/people/People'
import { Notice } from './Notice'
import { Page } from './Page'

export function PeoplePages({ page, me }: { page: 'account' | 'people'; me: Me }) {
  if (page === 'account') {
    return (
      <Page title="Your account">
        <Account me={me} />
      </Page>
    )
  }
  if (me.role !== 'admin') {
    return (
      <Notice title="This page is for admins" action={<Link href="/">All graphs</Link>}>
        Members, invitations and tokens are looked after by the admins of the workspace.
      </Notice>
    )
  }
  return (
    <Page title="People" lead="The members of this workspace, whom it waits for, and the programs that work here.">
      <People me={me} />
    </Page>
  )
}
