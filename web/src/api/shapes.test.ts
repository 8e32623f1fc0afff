import { expectTypeOf, it } from 'vitest'

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
})
