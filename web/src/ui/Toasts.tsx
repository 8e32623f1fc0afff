import { Suspense, useSyncExternalStore } from 'react'

import { toasts } from './toast'
import { later } from './later'

export const importToaster = () => import('./Toaster')
/** Nothing goes in the first moment: what watches over the focus is fetched after what is to be seen. */
export const keepFocusLater = () => import('./keepFocus').then(({ keepFocus }) => void keepFocus())
const Toaster = later(() => importToaster().then((module) => ({ default: module.Toaster })))

/** Where toasts appear; put once around the app, then call `toast` from ./toast. */
export function Toasts() {
  const wanted = useSyncExternalStore(toasts.subscribe, toasts.isWanted)
  return wanted ? (
    <Suspense fallback={null}>
      <Toaster />
    </Suspense>
  ) : null
}
