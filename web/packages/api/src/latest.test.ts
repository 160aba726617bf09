import { expect, test } from 'vitest'
import { onlyLast } from './latest'

test('an earlier question answered late is not heard', async () => {
  const last = onlyLast()
  let late: (word: string) => void = () => undefined
  const first = last(new Promise<string>((done) => { late = done }))
  const second = last(Promise.resolve('second'))
  expect(await second).toBe('second')
  late('first')
  expect(await first).toBeNull()
})
