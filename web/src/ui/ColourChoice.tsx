import { Check } from 'lucide-react'
import { useId } from 'react'

import styles from './ColourChoice.module.css'
import { peopleColours } from './peopleColours'
import { readableOn } from './readableOn'

/** The colour that others see someone in: one of a few that are told apart. */
export function ColourChoice({ value, onChange }: { value: string; onChange: (colour: string) => void }) {
  const group = useId()
  return (
    <fieldset className={styles.colours}>
      <legend className={styles.legend}>Colour</legend>
      {peopleColours.map(({ name, colour }) => {
        const isChosen = value.toLowerCase() === colour
        return (
          <label key={colour} className={styles.colour} style={{ background: colour, color: readableOn(colour) }}>
            <input type="radio" name={group} className="visually-hidden" aria-label={name} checked={isChosen} onChange={() => onChange(colour)} />
            {isChosen && <Check size={13} aria-hidden />}
          </label>
        )
      })}
    </fieldset>
  )
}
