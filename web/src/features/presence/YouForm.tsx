/** The name and colour by which the others see one. */
import { Check } from 'lucide-react'
import { useId } from 'react'
import { toast } from '@/ui/toast'

import { sentenceOf } from '@/api/ApiError'
import { useChangeMe } from '@/api/queries'
import type { Me } from '@/api/shapes'
import { Avatar } from '@/ui/Avatar'
import { Field } from '@/ui/Field'
import { readableOn } from '@/ui/readableOn'
import { DraftInput } from '@/ui/TextInput'

import { peopleColours } from './peopleColours'
import styles from './YouMenu.module.css'

export function YouForm({ me }: { me: Me }) {
  const change = useChangeMe()
  const group = useId()
  const save = (next: Partial<Pick<Me, 'name' | 'colour'>>) => {
    change.mutate(next, {
      onError: (error) => toast.error('The change was not saved', { description: sentenceOf(error) }),
    })
  }
  return (
    <div className={styles.form}>
      <div className={styles.you}>
        <Avatar name={me.name} colour={me.colour} size={36} />
        <div>
          <p className={styles.name}>{me.name}</p>
          <p className={styles.role}>{me.role}</p>
        </div>
      </div>
      <Field label="Name" hint="Others see it at your cursor.">
        {(control) => (
          <DraftInput
            {...control}
            value={me.name}
            maxLength={60}
            onCommit={(name) => {
              if (name.trim() !== '') save({ name: name.trim() })
            }}
          />
        )}
      </Field>
      <fieldset className={styles.colours}>
        <legend className={styles.legend}>Colour</legend>
        {peopleColours.map(({ name, colour }) => (
          <label key={colour} className={styles.colour} style={{ background: colour, color: readableOn(colour) }}>
            <input
              type="radio"
              name={group}
              className="visually-hidden"
              aria-label={name}
              checked={me.colour.toLowerCase() === colour}
              onChange={() => {
                save({ colour })
              }}
            />
            {me.colour.toLowerCase() === colour && <Check size={13} aria-hidden />}
          </label>
        ))}
      </fieldset>
    </div>
  )
}
