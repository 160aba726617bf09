import { effectScope, nextTick, ref } from 'vue'
import { expect, it } from 'vitest'
import { useRead } from './read'

const settle = () => new Promise((done) => setTimeout(done, 0))

it('an older answer never overwrites a newer one', async () => {
  const scope = effectScope()
  const which = ref('old')
  const answers: Record<string, (value: string) => void> = {}
  const read = scope.run(() => useRead(() => new Promise<string>((done) => { answers[which.value] = done }), which)) ?? expect.fail('no scope')
  which.value = 'new'
  await nextTick()
  answers['new']?.('new')
  await settle()
  answers['old']?.('old')
  await settle()
  expect(read.value.value).toBe('new')
  expect(read.state.value).toBe('ready')
  scope.stop()
})

it('keeps what was read when reading again fails', async () => {
  const scope = effectScope()
  let broken = false
  const read = scope.run(() => useRead(async () => {
    if (broken) throw new Error('gone')
    return 1
  })) ?? expect.fail('no scope')
  await settle()
  broken = true
  await read.again()
  expect([read.value.value, read.state.value, read.problem.value instanceof Error]).toEqual([1, 'failed', true])
  scope.stop()
})
