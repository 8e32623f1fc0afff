import { useEffect } from 'react'
import { toast as sonner, Toaster as Sonner } from 'sonner'

import { toasts } from './toast'
import styles from './Toaster.module.css'

/** What stands in the way says how far up toasts go. */
const bottom = 'var(--toasts-bottom, 20px)'

export type ToasterHandle = Pick<typeof sonner, 'success' | 'warning' | 'error' | 'info'>

/** Draws toasts; fetched by Toasts.tsx when there is one. */
export function Toaster() {
  useEffect(() => toasts.drawnBy(sonner), [])
  return (
    <Sonner
      position="bottom-center"
      gap={8}
      offset={{ bottom }}
      mobileOffset={{ bottom, left: 20, right: 20 }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast: styles.toast,
          title: styles.title,
          description: styles.description,
          actionButton: styles.action,
          closeButton: styles.close,
          icon: styles.icon,
          info: styles.info,
          success: styles.success,
          warning: styles.warning,
          error: styles.error,
        },
      }}
    />
  )
}
