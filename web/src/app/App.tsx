/** The whole application: who is here, then the page of the address. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import { Link, Route, Switch } from 'wouter'
import { ApiError, sentenceOf } from '@/api/ApiError'
import { useMe, useNodeTypes } from '@/api/queries'
import type { Me } from '@/api/shapes'
import { Boundary, Reload } from '@/ui/Boundary'
import { Button } from '@/ui/Button'
import { importToaster, keepFocusLater, Toasts } from '@/ui/Toasts'
import { Corner } from './Corner'
import { Notice } from './Notice'
import { Opening } from './Opening'
import { useLastField } from './useLastField'
import { later } from '@/ui/later'

const importEditor = () => import('./EditorPage')
const EditorPage = later(() => importEditor().then((module) => ({ default: module.EditorPage })))
const GraphList = later(() => import('@/features/graphs/GraphList').then((module) => ({ default: module.GraphList })))
const importDoors = () => import('./Doors')
const SignIn = later(() => importDoors().then((module) => ({ default: module.SignIn })))
const DoorWithKey = later(() => importDoors().then((module) => ({ default: module.DoorWithKey })))
const PeoplePages = later(() => import('./PeoplePages').then((module) => ({ default: module.PeoplePages })))

// Whoever comes for a graph needs the editor: fetch it while the server says who that is.
if (location.pathname.startsWith('/graphs/')) void importEditor()
// What says that something failed has to be here when the connection is not; a graph fetches it itself.
else setTimeout(() => void importToaster().then(keepFocusLater).catch(fetchedOnUse), 1000)

export function App() {
  const [queries] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: retryOnce } } }))
  return (
    <QueryClientProvider client={queries}>
      <Boundary fallback={<BrokenPage />}>
        <Pages />
      </Boundary>
      <Toasts />
    </QueryClientProvider>
  )
}

/** Whoever holds the key of an invitation or a link comes in without being known; all other pages ask who it is. */
function Pages() {
  return (
    <Suspense fallback={<Opening />}>
      <Switch>
        <Route path="/invite/:token">{({ token }) => <DoorWithKey door="invitation" token={token} />}</Route>
        <Route path="/s/:token">{({ token }) => <DoorWithKey door="link" token={token} />}</Route>
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
  const isOut = me.error instanceof ApiError && me.error.signedOut
  const isTyped = useLastField(isOut)
  if (me.isPending) return <Notice title="Opening Flowroom" busy />
  if (me.isError && !isOut) {
    return (
      <Notice title="Flowroom can’t be reached" action={<Button onClick={() => void me.refetch()}>Try again</Button>}>
        {sentenceOf(me.error)}
      </Notice>
    )
  }
  return (
    <>
      {me.data && (!isOut || isTyped) && <PageOf me={me.data} />}
      {isOut && (
        // What is typed in must not be hidden while this is on its way: it would lose the keyboard.
        <Suspense fallback={!isTyped && <Opening />}>
          <SignIn ended={me.data !== undefined} over={isTyped} />
        </Suspense>
      )}
    </>
  )
}

function PageOf({ me }: { me: Me }) {
  return (
    <Switch>
      <Route path="/">
        <GraphList corner={<Corner />} />
      </Route>
      <Route path="/graphs/:id">{({ id }) => <EditorPage key={id} id={id} me={me} />}</Route>
      <Route path="/account">
        <PeoplePages page="account" me={me} />
      </Route>
      <Route path="/people">
        <PeoplePages page="people" me={me} />
      </Route>
      <Route>
        <Notice title="There is no such page" action={<Link href="/">All graphs</Link>} />
      </Route>
    </Switch>
  )
}

function BrokenPage() {
  return (
    <Notice title="This page broke" action={<Reload />}>
      <span role="alert">Reload; your edits are safe.</span>
    </Notice>
  )
}

const fetchedOnUse = () => undefined

/** Once more after a lost connection; what the server refuses stays refused. */
function retryOnce(failures: number, error: Error): boolean {
  return failures < 1 && !(error instanceof ApiError && error.status < 500)
}
