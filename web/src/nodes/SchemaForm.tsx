/** The settings of one node, made from its type's JSON Schema. Every field is bound to one key of the document. */
import { ChevronRight } from 'lucide-react'
import { useMemo } from 'react'

import { useNode } from '@/document/hooks'
import type { NodeType } from '@/document/schema.gen'

import { fieldsOf, fieldsThatCount, type SchemaField } from './schemaFields'
import styles from './SchemaForm.module.css'
import { SchemaFormField } from './SchemaFormField'

export function SchemaForm({ id, type }: { id: string; type: NodeType }) {
  const params = useNode(id)?.params
  const all = useMemo(() => fieldsOf(type.params), [type])
  const { open, folded } = useMemo(() => grouped(fieldsThatCount(all, params ?? {})), [all, params])
  if (open.length === 0 && folded.length === 0) {
    return <p className={styles.none}>This type has no settings: it does its work with what comes in.</p>
  }
  return (
    <div className={styles.form}>
      {open.map((field) => (
        <SchemaFormField key={field.key} id={id} field={field} />
      ))}
      {folded.map(([group, fields]) => (
        <details key={group} className={styles.group}>
          <summary className={styles.summary}>
            <ChevronRight size={14} aria-hidden />
            {group}
          </summary>
          <div className={styles.form}>
            {fields.map((field) => (
              <SchemaFormField key={field.key} id={id} field={field} />
            ))}
          </div>
        </details>
      ))}
    </div>
  )
}

/** Fields without a group stand first; each group is a fold. */
function grouped(fields: SchemaField[]): { open: SchemaField[]; folded: [string, SchemaField[]][] } {
  const groups = new Map<string, SchemaField[]>()
  const open: SchemaField[] = []
  for (const field of fields) {
    if (field.hidden) continue
    if (field.group === undefined) open.push(field)
    else groups.set(field.group, [...(groups.get(field.group) ?? []), field])
  }
  return { open, folded: [...groups] }
}
