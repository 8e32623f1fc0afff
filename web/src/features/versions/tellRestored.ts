/** That an admin took the graph back to an earlier state while it was open here, and who that was. */
import { findVersionBeforeRestore } from '@/api/versions'
import { showInEditor } from '@/commands/editorView'
import { toast } from '@/ui/toast'

/** `epoch` is the one that ended. By whom is the server's word; where it kept nothing, or can't be asked, nobody is named. */
export async function tellRestored(graph: string, epoch: number): Promise<void> {
  const before = await findVersionBeforeRestore(graph, epoch).catch(() => undefined)
  const by = before === undefined ? '' : `By ${before.author}. `
  toast.success('This graph was taken back to an earlier state', {
    description: `${by}What it was, and what only you had, is kept.`,
    action: { label: 'Versions', onClick: () => showInEditor({ dialog: 'versions' }) },
  })
}
