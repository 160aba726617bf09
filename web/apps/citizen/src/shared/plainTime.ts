import { ZONE, durationWords, type Say } from '@gridwork/i18n'

const DAY_MS = 86_400_000

/** "11月26日", "26 November": the day as one would say it. */
export function dayWords(locale: string, at: string): string {
  return new Intl.DateTimeFormat(locale, { timeZone: ZONE, month: 'long', day: 'numeric' }).format(new Date(at))
}

/** "11月21日 19:42", "21 November at 19:42" */
export function momentWords(locale: string, at: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: ZONE, month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  }).format(new Date(at))
}

/** How long is left until `at` in round words, and whether it has passed: days when more than one, else hours. */
export function leftWords(say: Say, at: string, now: number): { words: string; past: boolean } {
  const ms = Date.parse(at) - now
  const past = ms < 0
  const far = Math.abs(ms) >= 2 * DAY_MS
  const seconds = far ? (Math.floor(Math.abs(ms) / DAY_MS) * DAY_MS) / 1000 : Math.abs(ms) / 1000
  return { words: durationWords(say, seconds), past }
}
