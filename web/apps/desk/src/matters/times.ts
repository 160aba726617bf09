import type { RuleTimes } from '@gridwork/api'
import type { Say } from '@gridwork/i18n'

const two = (n: number) => String(n).padStart(2, '0')
/** `20:00` of 1200. */
export const clockOf = (minutes: number | undefined): string => (minutes === undefined ? '' : `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`)
/** 1200 of `20:00`; nothing of what is no time. */
export function minutesOf(clock: string): number | undefined {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(clock) ?? []
  if (hours === undefined || minutes === undefined) return undefined
  return Number(hours) * 60 + Number(minutes)
}

/** When a rule holds, in words. */
export function timesWords(say: Say, times: RuleTimes): string {
  const parts: string[] = []
  if (times.first || times.last) parts.push(say('matters.times.dates', { from: times.first ?? '', to: times.last ?? '' }))
  if (times.days?.length) parts.push(times.days.map((day) => say(`matters.day.d${day}`)).join(say('matters.times.and')))
  if (times.from_min !== undefined || times.to_min !== undefined) {
    parts.push(say('matters.times.hours', { from: clockOf(times.from_min ?? 0), to: times.to_min === undefined ? '24:00' : clockOf(times.to_min) }))
  }
  return parts.length === 0 ? say('matters.times.always') : parts.join(' ')
}
