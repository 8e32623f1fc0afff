/** What jsdom lacks and the tests need; and a clean page after each test. */
import { cleanup } from '@testing-library/react'
import { afterEach } from 'vitest'

import '@/ui/jsdomShims'

afterEach(cleanup)
