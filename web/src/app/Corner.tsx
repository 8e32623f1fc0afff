import { YouMenu } from '@/features/presence/YouMenu'
import { ThemeMenu } from './ThemeMenu'

/** What stands at the right of every page's bar: the theme, and oneself. */
export function Corner() {
  return (
    <div className="corner">
      <ThemeMenu />
      <YouMenu />
    </div>
  )
}
