/** Light or dark: as the system says, or as chosen here. The page always has `data-theme`, so that tokens are literal. */
import { create } from 'zustand'

export type Theme = 'light' | 'dark' | 'system'

const key = 'flowroom:theme'
const dark = () => matchMedia('(prefers-color-scheme: dark)')

export const useTheme = create<{ theme: Theme }>(() => ({ theme: chosen() }))

export function setTheme(theme: Theme): void {
  localStorage.setItem(key, theme)
  useTheme.setState({ theme })
  apply()
}

/** Call once before anything is drawn; follows the system from then on. */
export function startTheme(): void {
  apply()
  dark().addEventListener('change', apply)
}

function apply(): void {
  const { theme } = useTheme.getState()
  document.documentElement.dataset['theme'] = theme === 'system' ? (dark().matches ? 'dark' : 'light') : theme
}

function chosen(): Theme {
  const stored = localStorage.getItem(key)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}
