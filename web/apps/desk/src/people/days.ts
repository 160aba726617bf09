import { ZONE } from '@gridwork/i18n'

const day = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit' })
const minute = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

/** `2026-03-01` in the city. */
export const dayOf = (at: string | null | undefined): string => (at ? day.format(new Date(at)) : '')
/** `2026-03-01 08:30` in the city. */
export const minuteOf = (at: string | null | undefined): string => (at ? minute.format(new Date(at)).replace(', ', ' ') : '')

/** Puts a file before the person who asked for it. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
