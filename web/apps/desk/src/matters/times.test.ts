import { describe, expect, it } from 'vitest'
import { clockOf, minutesOf, timesWords } from './times'

const say = (key: string, named: Record<string, unknown> = {}) => `${key.split('.').slice(1).join('.')}(${Object.values(named).join(',')})`

describe('when a rule holds', () => {
  it('reads and writes hours', () => {
    expect(clockOf(1200)).toBe('20:00')
    expect(clockOf(undefined)).toBe('')
    expect(minutesOf('06:05')).toBe(365)
    expect(minutesOf('later')).toBeUndefined()
  })
  it('is told in words', () => {
    expect(timesWords(say, {})).toBe('times.always()')
    expect(timesWords(say, { from_min: 1200, to_min: 360, days: [6] })).toBe('day.d6() times.hours(20:00,06:00)')
    expect(timesWords(say, { from_min: 1200 })).toBe('times.hours(20:00,24:00)')
    expect(timesWords(say, { first: '2026-11-01' })).toBe('times.dates(2026-11-01,)')
  })
})
