import { describe, expect, it } from 'vitest'
import en from '../locales/time.en.json'
import zh from '../locales/time.zh-CN.json'
import { clockWords, durationWords, remainingAt, shareSpent, type ClockLike, type Say } from './clock'

const speaker = (messages: Record<string, string>): Say => (key, named = {}) =>
  (messages[key] ?? key).replace(/\{(\w+)\}/g, (_, slot: string) => String(named[slot]))
const sayZh = speaker(zh)
const sayEn = speaker(en)

const H = 3600
const clock = (more: Partial<ClockLike> = {}): ClockLike => ({
  state: 'running', due_at: null, total_s: 4 * H, spent_s: 0, remaining_s: 4 * H, level: 'ok', around_the_clock: true, paused_at: null, met: null, ...more,
})

describe('a length of time', () => {
  it.each([
    [30, '不到 1 分', 'under 1 min'], [9 * 60, '9 分', '9 min'], [H, '1 小时', '1 h'], [3 * H + 20 * 60, '3 小时 20 分', '3 h 20 min'],
    [26 * H, '1 天 2 小时', '1 d 2 h'], [48 * H, '2 天', '2 d'], [11 * 24 * H + 5 * H, '11 天', '11 d'],
  ])('of %d s is said in at most two units', (seconds, inChinese, inEnglish) => {
    expect(durationWords(sayZh, seconds)).toBe(inChinese)
    expect(durationWords(sayEn, seconds)).toBe(inEnglish)
  })

  it('of working time is not folded into days', () => {
    expect(durationWords(sayZh, 30 * H + 600, null)).toBe('30 小时')
    expect(durationWords(sayZh, 9 * H + 600, null)).toBe('9 小时 10 分')
  })
})

describe('a clock in words', () => {
  it('past its date is late, though on days off no working time has gone by', () => {
    const friday = clock({ around_the_clock: false, due_at: '2026-11-27T10:00:00Z', remaining_s: 0, level: 'red' })
    expect(clockWords(sayZh, friday, 0).tone).toBe('late')
    expect(clockWords(sayZh, friday, 0).words).toContain('超时')
  })
})

describe('what remains', () => {
  const at = Date.parse('2026-11-24T10:00:00Z')

  it('of a round-the-clock limit ticks with the wall', () => {
    expect(remainingAt(clock({ remaining_s: 600 }), at + 700_000, at)).toBe(-100)
  })

  it('of a working limit never exceeds the time until it is due', () => {
    const working = clock({ around_the_clock: false, remaining_s: 7200, due_at: '2026-11-24T11:00:00Z' })
    expect(remainingAt(working, at, at)).toBe(3600)
    expect(remainingAt(clock({ around_the_clock: false, remaining_s: 7200, due_at: '2026-11-25T02:00:00Z' }), at, at)).toBe(7200)
  })

  it('stands still while paused', () => {
    expect(remainingAt(clock({ state: 'paused', remaining_s: 300 }), at + 9e6, at)).toBe(300)
  })
})

describe('the words of a clock', () => {
  it('say what is left, late, paused or done', () => {
    expect(clockWords(sayZh, clock(), 3 * H)).toEqual({ tone: 'ok', words: '还剩 3 小时' })
    expect(clockWords(sayZh, clock(), -25 * 60)).toEqual({ tone: 'late', words: '已超时 25 分' })
    expect(clockWords(sayZh, clock({ state: 'paused' }), 2 * H)).toEqual({ tone: 'paused', words: '暂停计时，余 2 小时' })
    expect(clockWords(sayEn, clock({ state: 'stopped', spent_s: 27 * 60, met: true }), 0)).toEqual({ tone: 'done', words: 'Done in 27 min' })
    expect(clockWords(sayEn, clock({ state: 'stopped', spent_s: 5 * H, met: false }), 0)).toEqual({ tone: 'late', words: 'Done late, took 5 h' })
  })

  it('turn amber at three quarters', () => {
    expect(clockWords(sayZh, clock(), H + 1).tone).toBe('ok')
    expect(clockWords(sayZh, clock(), H).tone).toBe('soon')
  })

  it('count working hours as hours', () => {
    expect(clockWords(sayZh, clock({ around_the_clock: false, total_s: 80 * H }), 40 * H).words).toBe('还剩 40 小时')
  })
})

it('the bar fills from nothing to all and no further', () => {
  expect([shareSpent(clock(), 4 * H), shareSpent(clock(), H), shareSpent(clock(), -H), shareSpent(clock(), 9 * H)]).toEqual([0, 0.75, 1, 0])
})
