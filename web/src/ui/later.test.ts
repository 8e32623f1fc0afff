import { expect, it } from 'vitest'
import { untilThere } from './later'

it('asks again for a part that could not be fetched', async () => {
  let tries = 0
  const load = () => (++tries < 3 ? Promise.reject(new Error('no connection')) : Promise.resolve('the part'))
  expect(await untilThere(load, 1)).toBe('the part')
  expect(tries).toBe(3)
})
