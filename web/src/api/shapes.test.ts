import { expectTypeOf, it } from 'vitest'

import type * as people from './peopleShapes'
import type { components } from './rest.gen'
import type { GraphSummary, ImportReport, Me, RunEvent, RunRecord } from './shapes'

type Sent = components['schemas']

// The server writes fields that have a default always; its schema calls them optional.
it('describes what the server says it sends (checked by the compiler)', () => {
  expectTypeOf<Sent['Me']>().toExtend<Me>()
  expectTypeOf<Sent['Report']>().toExtend<ImportReport>()
  expectTypeOf<Required<Sent['RunRecord']>>().toExtend<RunRecord>()
  expectTypeOf<Omit<Sent['Summary'], 'preview'>>().toExtend<Partial<GraphSummary>>()
  expectTypeOf<Omit<Required<Sent['Event']>, 'type'>>().toExtend<Partial<RunEvent>>()
  expectTypeOf<Omit<Sent['GraphForCaller'], 'preview'>>().toExtend<Partial<GraphSummary>>()
})

it('describes people and access as the server does (checked by the compiler)', () => {
  expectTypeOf<Sent['Methods']>().toExtend<people.Methods>()
  expectTypeOf<Sent['Session']>().toExtend<people.Session>()
  expectTypeOf<Sent['Member']>().toExtend<people.Member>()
  expectTypeOf<Sent['Invitation']>().toExtend<people.Invitation>()
  expectTypeOf<Sent['Offer']>().toExtend<people.Offer>()
  expectTypeOf<Sent['Accepted']>().toExtend<people.Accepted>()
  expectTypeOf<Sent['Token']>().toExtend<people.Token>()
  expectTypeOf<Sent['GraphAccess']>().toExtend<people.GraphAccess>()
  expectTypeOf<Sent['AccessRequest']>().toExtend<people.AccessRequest>()
  expectTypeOf<Sent['LinkOffer']>().toExtend<people.LinkOffer>()
  expectTypeOf<Sent['OpenedLink']>().toExtend<people.OpenedLink>()
})
