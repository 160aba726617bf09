import type { FieldTask } from '@gridwork/api'
import { describe, expect, it } from 'vitest'
import { inOrder } from './order'

function task(number: string, due: string | null, more: { urgency?: string; lon?: number; paused?: boolean; distance_m?: number } = {}): FieldTask {
  // Only what the order looks at.
  return {
    number, lon: more.lon ?? null, lat: more.lon === undefined ? null : 31.8, distance_m: more.distance_m ?? null,
    matter: { code: 'M', name_zh: '', name_en: '', category: '', urgency: more.urgency ?? 'normal' },
    clock: { due_at: due, state: more.paused ? 'paused' : 'running' },
  } as unknown as FieldTask
}
const numbers = (tasks: FieldTask[], here: { lon: number; lat: number } | null = null) => inOrder(tasks, here).map((one) => one.task.number)

describe('the order of the day', () => {
  it('puts danger before anything that is due sooner', () => {
    expect(numbers([task('1', '2026-11-24T01:00:00Z'), task('2', '2026-11-24T09:00:00Z', { urgency: 'emergency' })])).toEqual(['2', '1'])
  })
  it('then goes by the hour, what has none or is paused last', () => {
    expect(numbers([task('1', null), task('2', '2026-11-24T09:00:00Z'), task('3', '2026-11-24T01:00:00Z', { paused: true }), task('4', '2026-11-24T02:00:00Z')])).toEqual(['4', '2', '1', '3'])
  })
  it('then by distance from where the worker stands', () => {
    const same = '2026-11-24T02:00:00Z'
    expect(numbers([task('1', same, { lon: 119.99 }), task('2', same, { lon: 119.97 })], { lon: 119.96, lat: 31.8 })).toEqual(['2', '1'])
    expect(numbers([task('1', same, { distance_m: 900 }), task('2', same, { distance_m: 90 })])).toEqual(['2', '1'])
  })
  it('numbers them from one', () => {
    expect(inOrder([task('1', null), task('2', null)], null).map((one) => one.number)).toEqual([1, 2])
  })
})
