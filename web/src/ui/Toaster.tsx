import { Toaster as Sonner } from 'sonner'

import styles from './Toaster.module.css'

/** Where toasts appear; put once around the app, then call `toast` from "sonner". */
export function Toaster() {
  return (
    <Sonner
      position="bottom-center"
      gap={8}
      offset={20}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast: styles.toast,
          title: styles.title,
          description: styles.description,
          actionButton: styles.action,
          closeButton: styles.close,
          icon: styles.icon,
          success: styles.success,
          error: styles.error,
        },
      }}
    />
  )
}
