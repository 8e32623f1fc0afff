import { Slider as Radix } from 'radix-ui'
import { useState } from 'react'

import type { ControlProps } from './Field'
import styles from './Slider.module.css'

export interface SliderProps extends Partial<ControlProps> {
  /** Null while nothing is chosen: the thumb stands at the start, and the word beside it says so. */
  value: number | null
  unset?: string
  min: number
  max: number
  step?: number
  disabled?: boolean
  /** Called once, when the thumb is let go: one gesture is one change. */
  onCommit: (value: number) => void
}

export function Slider({ value, unset = 'default', min, max, step = 1, disabled, onCommit, ...control }: SliderProps) {
  const [dragged, setDragged] = useState<number | null>(null)
  const shown = dragged ?? value
  const { id, ...described } = control
  return (
    <div className={styles.row}>
      <Radix.Root
        className={styles.slider}
        value={[shown ?? min]}
        data-unset={shown === null || undefined}
        min={min}
        max={max}
        step={step}
        disabled={disabled}
        onValueChange={([next]) => {
          setDragged(next ?? null)
        }}
        onValueCommit={([next]) => {
          setDragged(null)
          if (next !== undefined && next !== value) onCommit(next)
        }}
      >
        <Radix.Track className={styles.track}>
          <Radix.Range className={styles.range} />
        </Radix.Track>
        <Radix.Thumb {...described} id={id} className={styles.thumb} />
      </Radix.Root>
      <output className={styles.value} htmlFor={id}>
        {shown ?? unset}
      </output>
    </div>
  )
}
