/** What jsdom lacks and the tests need; and a clean page after each test. */
import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

import '@/ui/jsdomShims'

// A busy machine may take longer than a second for what is fetched as it is needed.
configure({ asyncUtilTimeout: 5000 })

afterEach(cleanup)
