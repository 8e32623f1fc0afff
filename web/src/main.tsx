/** The page: fonts, tokens and the app. */
import '@fontsource-variable/inter'
import '@fontsource-variable/jetbrains-mono'
import '@/ui/tokens.css'
import '@/app/app.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { serverTime } from '@/api/serverTime'
import { App } from '@/app/App'
import { startTheme } from '@/app/theme'
import { tellTimeBy } from '@/ui/now'

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no element #root to draw in.')
startTheme()
tellTimeBy(serverTime)
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
