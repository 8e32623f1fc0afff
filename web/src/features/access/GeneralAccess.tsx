import { LockKeyhole, UsersRound } from 'lucide-react'

import { sentenceOf } from '@/api/ApiError'
import { useSetVisibility } from '@/api/access'
import type { GraphAccess } from '@/api/peopleShapes'
import type { Visibility } from '@/api/shapes'
import { Select } from '@/ui/Select'
import { toast } from '@/ui/toast'

import styles from './ShareDialog.module.css'

const words: Record<Visibility, { label: string; sentence: string }> = {
  workspace: { label: 'Workspace', sentence: 'Every member has it, with the role that they have in the workspace.' },
  private: { label: 'Private', sentence: 'Only the people named here have it, and the admins of the workspace.' },
}
const options = [
  { value: 'workspace', label: words.workspace.label },
  { value: 'private', label: words.private.label },
]

/** Whether everyone in the workspace has the graph, or only those it was given to. */
export function GeneralAccess({ graph, access, mayShare }: { graph: string; access: GraphAccess; mayShare: boolean }) {
  const change = useSetVisibility(graph)
  const { label, sentence } = words[access.visibility]
  const Icon = access.visibility === 'private' ? LockKeyhole : UsersRound
  return (
    <div className={styles.row}>
      <span className={styles.sign}>
        <Icon size={15} aria-hidden />
      </span>
      <div className={styles.words}>
        <p className={styles.name}>{access.visibility === 'private' ? 'Only some people' : 'Everyone in the workspace'}</p>
        <p className={styles.sub}>{sentence}</p>
      </div>
      {mayShare ? (
        <div className={styles.role}>
          <Select
            size="small"
            aria-label="Who may see this graph"
            value={access.visibility}
            options={options}
            disabled={change.isPending}
            onChange={(next) =>
              change.mutate(next as Visibility, {
                onError: (error) => toast.error('Nothing was changed', { description: sentenceOf(error) }),
              })
            }
          />
        </div>
      ) : (
        <span className={styles.fixed}>{label}</span>
      )}
    </div>
  )
}
