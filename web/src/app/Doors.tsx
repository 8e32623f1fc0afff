/** The ways in, for whoever is not known yet: to sign in, or with the key of an invitation or of a share link. */
import { InvitePage } from './InvitePage'
import { SharedLinkPage } from './SharedLinkPage'

export { SignIn } from './SignIn'

export function DoorWithKey({ door, token }: { door: 'invitation' | 'link'; token: string }) {
  return door === 'invitation' ? <InvitePage token={token} /> : <SharedLinkPage token={token} />
}
