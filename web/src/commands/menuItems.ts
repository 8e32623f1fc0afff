import type { MenuItem, MenuItems } from '@/ui/Menu'
import type { Desk } from './command'
import { commandOf, isAvailable } from './commands'

/** Commands as items of a menu, in groups; those that make no sense now are greyed. */
export function menuItems(desk: Desk, groups: readonly (readonly string[])[]): MenuItems {
  return groups.map((ids) => ids.map((id) => menuItem(desk, id)))
}

function menuItem(desk: Desk, id: string): MenuItem {
  const command = commandOf(id)
  const keys = command.keys?.[0]
  return {
    id,
    label: command.title,
    ...(keys !== undefined && { keys }),
    danger: id === 'delete',
    disabled: !isAvailable(command, desk),
    run: () => void command.run(desk),
  }
}
