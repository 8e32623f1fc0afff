import { useEffect } from 'react'
import { toast as sonner, Toaster as Sonner } from 'sonner'

import { toasts } from './toast'
import styles from './Toaster.module.css'

export type ToasterHandle = Pick<typeof sonner, 'success' | 'warning' | 'error' | 'info'>

/** Draws toasts; fetched by Toasts.tsx when there is one. */
export function Toaster() {
  useEffect(() => toasts.drawnBy(sonner), [])
  return (
    <Sonner
      position="bottom-center"
      gap={8}
      offset={20}
      mobileOffset={20}
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
