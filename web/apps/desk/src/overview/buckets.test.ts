import { clock } from '@gridwork/mock'
import { expect, it } from 'vitest'
import { bucketOf } from './buckets'
import { sparkPoints } from './spark'

const now = Date.parse('2026-11-24T02:00:00Z')
const due = (at: string, more: object = {}) => ({ level: 'ok' as const, clock: { ...clock('handle', 600, 60), due_at: at, level: 'ok' as const, ...more } })

it('groups what waits by the clock, in the city’s days', () => {
  expect(bucketOf(due('2026-11-24T02:59:00Z'), now)).toBe('within_hour')
  expect(bucketOf(due('2026-11-24T15:59:00Z'), now)).toBe('today')
  expect(bucketOf(due('2026-11-24T16:00:00Z'), now)).toBe('later')
  expect(bucketOf({ ...due('2026-11-24T01:00:00Z', { remaining_s: -60 }), level: 'red' }, now)).toBe('overdue')
  expect(bucketOf({ level: 'paused', clock: clock('handle', 600, 60, 'paused') }, now)).toBe('paused')
  expect(bucketOf({ level: 'none', clock: null }, now)).toBe('later')
})

it('draws both weeks on one scale', () => {
  expect(sparkPoints([0, 10], [0, 10, 20], 40, 20)).toBe('0.0,20.0 40.0,10.0')
  expect(sparkPoints([5], [5, 5], 40, 20)).toBe('0.0,20.0')
})
