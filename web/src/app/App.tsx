/** The whole application: who is here, then the page of the address. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { Link, Route, Switch } from 'wouter'
import { ApiError, sentenceOf } from '@/api/ApiError'
import { useMe, useNodeTypes } from '@/api/queries'
import { Button } from '@/ui/Button'
import { Toasts } from '@/ui/Toasts'
import { Corner } from './Corner'
import { Notice } from './Notice'

const importEditor = () => import('./EditorPage')
const EditorPage = lazy(() => importEditor().then((module) => ({ default: module.EditorPage })))
const GraphList = lazy(() => import('@/features/graphs/GraphList').then((module) => ({ default: module.GraphList })))
const SignIn = lazy(() => import('./SignIn').then((module) => ({ default: module.SignIn })))
const InvitePage = lazy(() => import('./InvitePage').then((module) => ({ default: module.InvitePage })))
const SharedLinkPage = lazy(() => import('./SharedLinkPage').then((module) => ({ default: module.SharedLinkPage })))
const Page = lazy(() => import('./Page').then((module) => ({ default: module.Page })))
const Account = lazy(() => import('@/features/people/Account').then((module) => ({ default: module.Account })))
const People = lazy(() => import('@/features/people/People').then((module) => ({ default: module.People })))

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

/** Whoever holds the key of an invitation or a link comes in without being known; all other pages ask who it is. */
function Pages() {
  return (
    <Suspense fallback={<Notice title="Opening Flowroom" busy />}>
      <Switch>
        <Route path="/invite/:token">{({ token }) => <InvitePage token={token} />}</Route>
        <Route path="/s/:token">{({ token }) => <SharedLinkPage token={token} />}</Route>
        <Route>
          <PagesOfPeople />
        </Route>
      </Switch>
    </Suspense>
  )
}

function PagesOfPeople() {
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
    <Switch>
      <Route path="/">
        <GraphList corner={<Corner />} />
      </Route>
      <Route path="/graphs/:id">{({ id }) => <EditorPage key={id} id={id} me={me.data} />}</Route>
      <Route path="/account">
        <Page title="Your account">
          <Account me={me.data} />
        </Page>
      </Route>
      <Route path="/people">
        {me.data.role === 'admin' ? (
          <Page title="People" lead="The members of this workspace, whom it waits for, and the programs that work here.">
            <People me={me.data} />
          </Page>
        ) : (
          <Notice title="This page is for admins" action={<Link href="/">All graphs</Link>}>
            Members, invitations and tokens are looked after by the admins of the workspace.
          </Notice>
        )}
      </Route>
      <Route>
        <Notice title="There is no such page" action={<Link href="/">All graphs</Link>} />
      </Route>
    </Switch>
  )
}

/** Once more after a lost connection; what the server refuses stays refused. */
function retryOnce(failures: number, error: Error): boolean {
  return failures < 1 && !(error instanceof ApiError && error.status < 500)
}
