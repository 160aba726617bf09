import { describe, expect, it } from 'vitest'
import zh from '../locales/time.zh-CN.json'
import type { Say } from './clock'
import { agoWords, dateWords, exactTime, timeOfDay, whenWords } from './time'

const words: Record<string, string> = zh
const say: Say = (key, named = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, slot: string) => String(named[slot]))
const now = Date.parse('2026-11-24T02:24:00Z')

it('shows every time in the city’s zone', () => {
  expect(timeOfDay('2026-11-24T00:52:00Z')).toBe('08:52')
  expect(exactTime('2026-11-23T16:05:00Z')).toBe('2026-11-24 00:05')
  expect(dateWords('2026-12-31T16:00:00Z')).toBe('2027-01-01')
})

describe('when something is', () => {
  it.each([
    ['2026-11-24T00:52:00Z', '08:52'], ['2026-11-23T09:20:00Z', '昨天 17:20'], ['2026-11-25T00:58:00Z', '明天 08:58'],
    ['2026-11-21T01:37:00Z', '11-21 09:37'], ['2025-11-21T01:37:00Z', '2025-11-21'], ['2026-11-23T15:59:00Z', '昨天 23:59'], ['2026-11-23T16:00:00Z', '00:00'],
  ])('%s is said shortly', (at, told) => {
    expect(whenWords(say, at, now)).toBe(told)
  })
})

it('says how long ago, and beyond six hours when', () => {
  expect(agoWords(say, now - 20_000, now)).toBe('刚刚')
  expect(agoWords(say, now - 12 * 60_000, now)).toBe('12 分钟前')
  expect(agoWords(say, now - 3 * 3_600_000, now)).toBe('3 小时前')
  expect(agoWords(say, now - 20 * 3_600_000, now)).toBe('昨天 14:24')
})
