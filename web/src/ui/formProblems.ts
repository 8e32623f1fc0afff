/** What is wrong in the fields of a form, as sentences by the ids of their controls. */
import { createContext } from 'react'

export type FormProblems = ReadonlyMap<string, string>

export const noProblems: FormProblems = new Map()

export const FormProblemsContext = createContext(noProblems)

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

/** By the constraints of each control (`required`, `type`), in the order in which the fields stand. */
export const problemsIn = (form: HTMLFormElement): FormProblems =>
  new Map([...form.elements].filter((each) => isControl(each)).flatMap((control) => (control.validity.valid ? [] : [[control.id, sentenceFor(control)] as const])))

const isControl = (element: Element): element is Control => element.matches('input, textarea, select')

/** `data-missing` of a control says what is to be filled in. */
function sentenceFor({ validity, dataset, type, validationMessage }: Control): string {
  if (validity.valueMissing) return dataset.missing ?? 'Fill this in.'
  if (validity.typeMismatch && type === 'email') return 'This is no email address. One looks like ada@example.org.'
  return validationMessage
}
