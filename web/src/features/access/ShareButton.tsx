/** The way to who has the graph: for its admins to share it, for everyone else to see. */
import { UserRoundPlus, UsersRound } from 'lucide-react'
import { Suspense, useState } from 'react'

import { useGraph } from '@/document/hooks'
import { Button } from '@/ui/Button'
import { later } from '@/ui/later'

const ShareDialog = later(() => import('./ShareDialog').then((module) => ({ default: module.ShareDialog })))

export function ShareButton() {
  const { role } = useGraph()
  const [open, setOpen] = useState(false)
  // Once it was opened it stays: a dialog gives the focus back as it closes.
  const [wanted, setWanted] = useState(false)
  const mayShare = role === 'admin'
  const Icon = mayShare ? UserRoundPlus : UsersRound
  return (
    <>
      <Button
        icon={<Icon size={15} />}
        aria-haspopup="dialog"
        onClick={() => {
          setWanted(true)
          setOpen(true)
        }}
      >
        {mayShare ? 'Share' : 'Who has access'}
      </Button>
      {wanted && (
        <Suspense fallback={null}>
          <ShareDialog open={open} onOpenChange={setOpen} />
        </Suspense>
      )}
    </>
  )
}
