import { onScopeDispose, ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Say } from './clock'

/** The city's zone: every time is shown in it, wherever the browser stands. */
export const ZONE = 'Asia/Shanghai'

let offsetMs = 0

/** Moves this face's clock to the server's, e.g. in a build whose clock is controlled. */
export function setServerNow(at: string | number): void {
  offsetMs = (typeof at === 'number' ? at : Date.parse(at)) - Date.now()
}

/** Milliseconds since 1970 by the server's clock. */
export function serverNow(): number {
  return Date.now() + offsetMs
}

const beats = new Map<number, { now: Ref<number>; users: number; timer: ReturnType<typeof setInterval> }>()

/** The present, renewed every `everyMs`; one timer for all who ask for the same beat. */
export function useNow(everyMs = 15_000): Readonly<Ref<number>> {
  let beat = beats.get(everyMs)
  if (!beat) {
    const now = ref(serverNow())
    beat = { now, users: 0, timer: setInterval(() => { now.value = serverNow() }, everyMs) }
    beats.set(everyMs, beat)
  }
  const mine = beat
  mine.users += 1
  mine.now.value = serverNow()
  onScopeDispose(() => {
    mine.users -= 1
    if (mine.users === 0) {
      clearInterval(mine.timer)
      beats.delete(everyMs)
    }
  })
  return mine.now
}

interface Parts { year: string; month: string; day: string; hour: string; minute: string }

const splitter = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
})

function split(at: number): Parts {
  const found: Record<string, string> = {}
  for (const part of splitter.formatToParts(at)) found[part.type] = part.value
  return {
    year: found['year'] ?? '', month: found['month'] ?? '', day: found['day'] ?? '',
    hour: found['hour'] ?? '', minute: found['minute'] ?? '',
  }
}

/** Days since 1970 of the civil date in the city's zone (always UTC+8). */
function civilDay(at: number): number {
  return Math.floor((at + 8 * 3_600_000) / 86_400_000)
}

/** "08:52" */
export function timeOfDay(at: string | number): string {
  const p = split(typeof at === 'number' ? at : Date.parse(at))
  return `${p.hour}:${p.minute}`
}

/** "2026-11-24 08:52", for the hover and for documents. */
export function exactTime(at: string | number): string {
  const p = split(typeof at === 'number' ? at : Date.parse(at))
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`
}

/** "2026-11-24" */
export function dateWords(at: string | number): string {
  return exactTime(at).slice(0, 10)
}

/** Shortest clear form: "08:52" today, "昨天 17:20", "明天 08:58", "11-21 09:37", with the year when it is another. */
export function whenWords(t: Say, at: string | number, now: number): string {
  const ms = typeof at === 'number' ? at : Date.parse(at)
  const time = timeOfDay(ms)
  const days = civilDay(ms) - civilDay(now)
  if (days === 0) return time
  if (days === -1) return t('time.when.yesterday', { time })
  if (days === 1) return t('time.when.tomorrow', { time })
  const exact = exactTime(ms)
  return exact.slice(0, 4) === exactTime(now).slice(0, 4) ? exact.slice(5) : exact.slice(0, 10)
}

/** "刚刚", "12 分钟前", "3 小时前", then as `whenWords`. */
export function agoWords(t: Say, at: string | number, now: number): string {
  const ms = typeof at === 'number' ? at : Date.parse(at)
  const passed = (now - ms) / 1000
  if (passed < 60) return t('time.ago.now')
  if (passed < 3600) return t('time.ago.minutes', { m: Math.floor(passed / 60) })
  if (passed < 6 * 3600) return t('time.ago.hours', { h: Math.floor(passed / 3600) })
  return whenWords(t, ms, now)
}

/** Time words bound to the language and to the present. */
export function useTimes() {
  const { t } = useI18n({ useScope: 'global' })
  const now = useNow()
  const say: Say = (key, named) => t(key, named ?? {})
  return {
    now,
    ago: (at: string) => agoWords(say, at, now.value),
    when: (at: string) => whenWords(say, at, now.value),
    exact: exactTime,
    say,
  }
}
