import type { ComponentProps } from 'react'

import { classNames } from './classNames'
import styles from './ScrollArea.module.css'

/** A scrolling region that the keyboard reaches: it takes focus, so that arrow keys scroll it. */
export function ScrollArea({ className, label, ...rest }: ComponentProps<'div'> & { label: string }) {
  return <div {...rest} role="group" aria-label={label} tabIndex={0} className={classNames(styles.area, className)} />
}
