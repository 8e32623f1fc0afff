import type { MenuItem, MenuItems } from '@/ui/Menu'
import type { Command, Desk } from './command'
import { commandOf, isAvailable, titleNow } from './commands'

/** Commands as items of a menu, in groups; those that make no sense now are greyed, those that one may never do are left out. */
export function menuItems(desk: Desk, groups: readonly (readonly string[])[]): MenuItems {
  return groups
    .map((ids) => ids.filter((id) => mayEver(desk, commandOf(id))).map((id) => menuItem(desk, id)))
    .filter((items) => items.length > 0)
}

/** Whether one's role allows a command at all, whatever is selected. */
export function mayEver({ graph }: Desk, { group, id }: Command): boolean {
  if (group === 'Run') return graph.canRun
  if (id === 'comment') return graph.canComment
  return group !== 'Edit' || graph.canEdit || id === 'copy'
}

function menuItem(desk: Desk, id: string): MenuItem {
  const command = commandOf(id)
  const keys = command.keys?.[0]
  return {
    id,
    label: titleNow(command, desk),
    ...(keys !== undefined && { keys }),
    danger: id === 'delete',
    disabled: !isAvailable(command, desk),
    run: () => void command.run(desk),
  }
}
