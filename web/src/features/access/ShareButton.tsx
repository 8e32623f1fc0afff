/** The way to who has the graph: for its admins to share it, and to answer who asks; for everyone else to see, and to ask. */
import { UserRoundPlus, UsersRound } from 'lucide-react'
import { Suspense, useEffect, useState } from 'react'
import { useSearch } from 'wouter'

import { useOpenRequests } from '@/api/accessRequests'
import { showInEditor, useEditorView } from '@/commands/editorView'
import { useGraph } from '@/document/hooks'
import { Boundary } from '@/ui/Boundary'
import { Button } from '@/ui/Button'
import { CountBadge } from '@/ui/Count'
import { later } from '@/ui/later'
import { StillToCome } from '@/ui/StillToCome'

import styles from './ShareButton.module.css'
import { useAnswer } from './useAnswer'

const ShareDialog = later(() => import('./ShareDialog').then((module) => ({ default: module.ShareDialog })))

export function ShareButton() {
  const { id, role } = useGraph()
  const mayShare = role === 'admin'
  const open = useEditorView((view) => view.dialog === 'share')
  // Once it was opened it stays: a dialog gives the focus back as it closes.
  const [wanted, setWanted] = useState(false)
  if (open && !wanted) setWanted(true)
  useShareOfAddress()
  useEffect(() => closeShare, [])
  useAnswer(id, !mayShare)
  const asking = useOpenRequests(id, mayShare).data?.length ?? 0
  const Icon = mayShare ? UserRoundPlus : UsersRound
  return (
    <>
      <Button
        icon={<Icon size={15} />}
        aria-haspopup="dialog"
        onClick={() => showInEditor({ dialog: 'share' })}
      >
        {mayShare ? 'Share' : 'Who has access'}
        {mayShare && <CountBadge of={asking} what={asking === 1 ? 'request' : 'requests'} />}
      </Button>
      {wanted && (
        <Boundary apart>
          <Suspense fallback={open && <OnItsWay />}>
            <ShareDialog open={open} onOpenChange={(next) => showInEditor({ dialog: next ? 'share' : null })} />
          </Suspense>
        </Boundary>
      )}
    </>
  )
}

/** The dialog could not be fetched ahead; Escape gives it up (commands/listenAhead.ts), so that it takes the focus from nobody later. */
function OnItsWay() {
  return (
    <div className={styles.onItsWay}>
      <StillToCome orElse="; Escape gives it up" />
    </div>
  )
}

/** Whoever leaves the graph with it open is not shown it in the next one. */
function closeShare(): void {
  if (useEditorView.getState().dialog === 'share') showInEditor({ dialog: null })
}

/** `/graphs/ID?share` opens the dialog; then the address is the graph's own again. */
function useShareOfAddress(): void {
  const asked = new URLSearchParams(useSearch()).has('share')
  useEffect(() => {
    if (!asked) return
    showInEditor({ dialog: 'share' })
    history.replaceState(history.state, '', location.pathname)
  }, [asked])
}
