import { Component, type ReactNode } from 'react'

import styles from './Boundary.module.css'
import { Button } from './Button'
import { classNames } from './classNames'

export interface BoundaryProps {
  children: ReactNode
  /** What broke had no place of its own on the page, such as a window: say so in one. */
  apart?: boolean
  /** Shown in place of what broke. */
  fallback?: ReactNode
}

/** What throws while it is drawn takes nothing along that is outside of its boundary. React logs the error. */
export class Boundary extends Component<BoundaryProps, { isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError = () => ({ isBroken: true })

  override render() {
    const { children, apart = false, fallback = <Broken apart={apart} /> } = this.props
    return this.state.isBroken ? fallback : children
  }
}

function Broken({ apart }: { apart: boolean }) {
  return (
    <div role="alert" className={classNames(styles.broken, apart && styles.apart)}>
      <p>This part broke. Reload; your edits are safe.</p>
      <Reload />
    </div>
  )
}

export const Reload = () => (
  <Button size="small" onClick={() => location.reload()}>
    Reload
  </Button>
)
