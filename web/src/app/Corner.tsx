import { Bell } from '@/features/notifications/Bell'
import { YouMenu } from '@/features/presence/YouMenu'
import { ThemeMenu } from './ThemeMenu'

/** What stands at the right of every page's bar: what one was told, the theme, and oneself. */
export function Corner() {
  return (
    <div className="corner">
      <Bell />
      <ThemeMenu />
      <YouMenu />
    </div>
  )
}
