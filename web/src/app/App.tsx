/** The whole application: who is here, then the page of the address. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { Link, Route, Switch } from 'wouter'
import { ApiError, sentenceOf } from '@/api/ApiError'
import { useMe, useNodeTypes } from '@/api/queries'
import { Bell } from '@/features/notifications/Bell'
import { YouMenu } from '@/features/presence/YouMenu'
import { Button } from '@/ui/Button'
import { Toasts } from '@/ui/Toasts'
import { Notice } from './Notice'
import { SignIn } from './SignIn'
import { ThemeMenu } from './ThemeMenu'

const importEditor = () => import('./EditorPage')
const EditorPage = lazy(() => importEditor().then((module) => ({ default: module.EditorPage })))
const GraphList = lazy(() => import('@/features/graphs/GraphList').then((module) => ({ default: module.GraphList })))

// Whoever comes for a graph needs the editor: fetch it while the server says who that is.
if (location.pathname.startsWith('/graphs/')) void importEditor()

export function App() {
  const [queries] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: retryOnce } } }))
  return (
    <QueryClientProvider client={queries}>
      <Pages />
      <Toasts />
    </QueryClientProvider>
  )
}

function Pages() {
  const me = useMe()
  useNodeTypes()
  if (me.isPending) return <Notice title="Opening Flowroom" busy />
  if (me.isError) {
    if (me.error instanceof ApiError && me.error.signedOut) return <SignIn />
    return (
      <Notice title="Flowroom can’t be reached" action={<Button onClick={() => void me.refetch()}>Try again</Button>}>
        {sentenceOf(me.error)}
      </Notice>
    )
  }
  return (
    <Suspense fallback={<Notice title="Opening Flowroom" busy />}>
      <Switch>
        <Route path="/">
          <GraphList
            corner={
              <div className="corner">
                <Bell />
                <ThemeMenu />
                <YouMenu />
              </div>
            }
          />
        </Route>
        <Route path="/graphs/:id">{({ id }) => <EditorPage key={id} id={id} me={me.data} />}</Route>
        <Route>
          <Notice title="There is no such page" action={<Link href="/">All graphs</Link>} />
        </Route>
      </Switch>
    </Suspense>
  )
}

/** Once more after a lost connection; what the server refuses stays refused. */
function retryOnce(failures: number, error: Error): boolean {
  return failures < 1 && !(error instanceof ApiError && error.status < 500)
}
