/** The field in which someone new says what others are to call them. */
import { Field } from '@/ui/Field'
import { TextInput } from '@/ui/TextInput'

export interface NewNameProps {
  label: string
  hint: string
  value: string
  onChange: (name: string) => void
}

export function NewName({ label, hint, value, onChange }: NewNameProps) {
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <TextInput
          {...control}
          autoComplete="name"
          required
          data-missing="Enter the name that others are to see."
          autoFocus
          maxLength={60}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
