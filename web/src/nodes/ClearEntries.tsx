import { Trash2 } from 'lucide-react'
import { Suspense, useState } from 'react'
import { toast } from '@/ui/toast'

import { sentenceOf } from '@/api/ApiError'
import { useClearHistory } from '@/api/queries'
import { useGraph, useNode } from '@/document/hooks'
import { IconButton } from '@/ui/IconButton'
import { later } from '@/ui/later'

const ConfirmDialog = later(() => import('@/ui/ConfirmDialog').then((module) => ({ default: module.ConfirmDialog })))

/** Empties a Chat or Log node for everyone, after asking. */
export function ClearEntries({ id, many, noun }: { id: string; many: number; noun: 'messages' | 'entries' }) {
  const graph = useGraph()
  const node = useNode(id)
  const [asking, setAsking] = useState(false)
  const clear = useClearHistory(graph.id, id)
  const onConfirm = () => {
    clear.mutate(undefined, {
      onSuccess: () => {
        setAsking(false)
        if (Array.isArray(node?.params['history'])) graph.document.setParam(id, 'history', [])
      },
      onError: (error) => toast.error(`The ${noun} were not cleared`, { description: sentenceOf(error) }),
    })
  }
  return (
    <>
      <IconButton
        size="small"
        label={`Clear ${noun}…`}
        icon={<Trash2 size={14} />}
        onClick={() => {
          setAsking(true)
        }}
      />
      {asking && (
        <Suspense fallback={null}>
          <ConfirmDialog
            open
            onOpenChange={setAsking}
            title={`Clear ${many} ${noun}?`}
            loses={`Everyone loses the ${noun} of “${node?.name || node?.type}”, and undo does not bring them back. What the runs themselves recorded stays.`}
            action={`Clear ${noun}`}
            busy={clear.isPending}
            onConfirm={onConfirm}
          />
        </Suspense>
      )}
    </>
  )
}
