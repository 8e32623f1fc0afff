import { Monitor, Moon, Sun } from 'lucide-react'
import { IconButton } from '@/ui/IconButton'
import { Menu } from '@/ui/Menu'
import { setTheme, type Theme, useTheme } from './theme'

const faces: Record<Theme, [label: string, Icon: typeof Sun]> = {
  system: ['As the system', Monitor],
  light: ['Light', Sun],
  dark: ['Dark', Moon],
}

export function ThemeMenu() {
  const theme = useTheme((state) => state.theme)
  const [label, Icon] = faces[theme]
  const items = (Object.keys(faces) as Theme[]).map((each) => ({
    id: each,
    label: faces[each][0],
    checked: each === theme,
    run: () => setTheme(each),
  }))
  return <Menu trigger={<IconButton label={`Theme: ${label}`} icon={<Icon size={16} />} />} items={[items]} />
}
