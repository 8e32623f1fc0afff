import { type ComponentProps, type FormEvent, useState } from 'react'

import { FormProblemsContext, noProblems, problemsIn } from './formProblems'

export interface FormProps extends Omit<ComponentProps<'form'>, 'onSubmit' | 'onChange' | 'noValidate'> {
  /** Called when every field holds what its control asks for. */
  onSubmit: () => void
}

/**
 * A form whose fields (`Field`) say what is wrong in them, in our words and for good, where a browser shows a bubble that
 * goes away, in its own. The keyboard goes to the first of them; each is right as soon as what is typed is.
 */
export function Form({ onSubmit, ...rest }: FormProps) {
  const [problems, setProblems] = useState(noProblems)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const found = problemsIn(event.currentTarget)
    setProblems(found)
    const [first] = found.keys()
    if (first === undefined) onSubmit()
    else document.getElementById(first)?.focus()
  }
  const look = (event: FormEvent<HTMLFormElement>) => {
    const found = problemsIn(event.currentTarget)
    // What is wrong in other fields is said when the form is sent, and not while one is on the way to them.
    setProblems((shown) => (shown.size === 0 ? shown : new Map([...found].filter(([id]) => shown.has(id)))))
  }
  return (
    <FormProblemsContext value={problems}>
      <form {...rest} noValidate onSubmit={submit} onChange={look} />
    </FormProblemsContext>
  )
}
