/** The part of a clock that its words need; all durations in the clock's own (working) time. */
export interface ClockLike {
  state: 'running' | 'paused' | 'stopped'
  due_at: string | null
  total_s: number
  spent_s: number
  remaining_s: number
  level: 'ok' | 'amber' | 'red'
  around_the_clock: boolean
  paused_at: string | null
  met: boolean | null
}

/** The translate function of vue-i18n, as far as it is used here. */
export type Say = (key: string, named?: Record<string, unknown>) => string

export type ClockTone = 'ok' | 'soon' | 'late' | 'paused' | 'done'

const MINUTE = 60
const HOUR = 3600

/**
 * A length of time in at most two units: "3 小时 20 分", "1 天 2 小时". `day_h` is 24 for wall time; a working
 * clock's hours are not folded into days, as a working day has no fixed length.
 */
export function durationWords(t: Say, seconds: number, dayHours: number | null = 24): string {
  const whole = Math.floor(Math.abs(seconds))
  if (whole < MINUTE) return t('time.length.under_minute')
  if (whole < HOUR) return t('time.length.minutes', { m: Math.floor(whole / MINUTE) })
  const day = dayHours === null ? Infinity : dayHours * HOUR
  if (whole < day) {
    const h = Math.floor(whole / HOUR)
    const m = Math.floor((whole % HOUR) / MINUTE)
    return m === 0 || h >= 24 ? t('time.length.hours', { h }) : t('time.length.hours_minutes', { h, m })
  }
  const d = Math.floor(whole / day)
  const h = Math.floor((whole % day) / HOUR)
  return h === 0 || d >= 10 ? t('time.length.days', { d }) : t('time.length.days_hours', { d, h })
}

/**
 * What remains at `now` of a clock that was read at `readAt` (ms). A round-the-clock one ticks with the wall. A
 * working clock ticks for certain only inside its last working stretch: its remaining time never exceeds the time
 * until it is due.
 */
export function remainingAt(clock: ClockLike, now: number, readAt: number): number {
  if (clock.state !== 'running') return clock.remaining_s
  if (clock.around_the_clock) return clock.remaining_s - Math.max(0, (now - readAt) / 1000)
  if (clock.due_at === null || clock.remaining_s <= 0) return clock.remaining_s
  return Math.min(clock.remaining_s, (Date.parse(clock.due_at) - now) / 1000)
}

/** 0..1: how much of the time is used up. */
export function shareSpent(clock: ClockLike, remaining: number): number {
  if (clock.total_s <= 0) return 1
  if (clock.state === 'stopped') return Math.min(1, clock.spent_s / clock.total_s)
  return Math.min(1, Math.max(0, 1 - remaining / clock.total_s))
}

/** Tone and sentence of a clock: "还剩 9 分", "已超时 1 天", "暂停计时", "按时完成，用时 27 分". */
export function clockWords(t: Say, clock: ClockLike, remaining: number): { tone: ClockTone; words: string } {
  const length = (seconds: number) => durationWords(t, seconds, clock.around_the_clock ? 24 : null)
  if (clock.state === 'stopped') {
    const late = clock.met === false
    return {
      tone: late ? 'late' : 'done',
      words: t(late ? 'time.clock.done_late' : 'time.clock.done', { spent: length(clock.spent_s) }),
    }
  }
  if (clock.state === 'paused') {
    return { tone: 'paused', words: t('time.clock.paused', { left: length(Math.max(0, remaining)) }) }
  }
  // Past its date on a day off, no working time has gone by yet: it is late all the same.
  if (remaining < 0 || clock.level === 'red') return { tone: 'late', words: t('time.clock.overdue', { by: length(remaining) }) }
  const amber = clock.level !== 'ok' || shareSpent(clock, remaining) >= 0.75
  return { tone: amber ? 'soon' : 'ok', words: t('time.clock.left', { left: length(remaining) }) }
}
