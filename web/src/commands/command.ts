/** What a command is: an object that the menu, the shortcuts, the palette and the help sheet share. */
import type { OpenGraph } from '@/document/openGraph'

/** What commands may touch. */
export interface Desk {
  graph: OpenGraph
  /** Go to a page of the app. */
  go: (path: string) => void
  setTheme: (theme: 'light' | 'dark' | 'system') => void
  /** Say that something went wrong, in a sentence. */
  complain: (title: string, error: unknown) => void
}

export type CommandGroup = 'Edit' | 'Select' | 'View' | 'Run' | 'Discuss' | 'Graph'

export interface Command {
  id: string
  title: string
  /** What it does just now, beside its title. */
  words?: (desk: Desk) => string | undefined
  group: CommandGroup
  /** Shortcuts such as "Mod+Shift+Z"; the first is the one that is shown. */
  keys?: readonly string[]
  /** Whether it makes sense just now; shortcuts and menus leave it out otherwise. */
  when?: (desk: Desk) => boolean
  /** What `when` waits for, if a hand can see to it: whoever looks for the command is told. */
  needs?: string
  run: (desk: Desk) => unknown
  /** The browser does it on these keys (copy, cut, paste): they are shown but not listened for. */
  native?: boolean
  /** Too small for the palette, such as a nudge by an arrow key. */
  hidden?: boolean
}
