import { render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'

import '@/ui/jsdomShims'
import { ImportReportDialog } from './ImportReportDialog'

it('WEB-10: says of a single file that it is no graph, by its name', () => {
  const problem = { file: 'bad.json', what: 'line 1 is no JSON', kept: false }
  render(<ImportReportDialog report={{ graphs: [], problems: [problem] }} onClose={() => undefined} />)
  expect(screen.getByText(/^bad\.json is no graph/)).toBeDefined()
})
