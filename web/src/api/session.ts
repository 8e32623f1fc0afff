/** Coming in and going: the ways to sign in, one's own sessions and password. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { request } from './client'
import { keys } from './keys'
import type { Methods, Session } from './peopleShapes'
import type { Me } from './shapes'

export type Credentials = { token: string } | { email: string; password: string }

export const signIn = (credentials: Credentials) => request<Me>('POST', '/api/session', credentials)
export const signOut = () => request<null>('DELETE', '/api/session')

/** Where signing in with another service begins; it leads back to `next`. */
export const providerUrl = (next: string) => `/api/session/oidc?next=${encodeURIComponent(next)}`

export const useMethods = () =>
  useQuery({
    queryKey: keys.signInMethods,
    queryFn: () => request<Methods>('GET', '/api/session/methods'),
    staleTime: Infinity,
  })

export function useSignIn() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: signIn,
    onSuccess: (me: Me) => {
      cache.setQueryData(keys.me, me)
      // Whatever was read before was read as somebody else, or refused.
      return cache.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.me[0] })
    },
  })
}

export const useSessions = () =>
  useQuery({
    queryKey: keys.sessions,
    queryFn: () => request<{ items: Session[] }>('GET', '/api/me/sessions').then((page) => page.items),
  })

export function useEndSession() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (session: string) => request<null>('DELETE', `/api/me/sessions/${encodeURIComponent(session)}`),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.sessions }),
  })
}

export function useChangePassword() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (change: { current: string; new: string }) => request<null>('PUT', '/api/me/password', change),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.sessions }),
  })
}
