import type { CaseRow } from '@gridwork/api'
import { serverNow } from '@gridwork/i18n'

export const BUCKETS = ['overdue', 'within_hour', 'today', 'later', 'paused'] as const
export type Bucket = (typeof BUCKETS)[number]

const civilDay = (ms: number) => Math.floor((ms + 8 * 3_600_000) / 86_400_000)

/** Which group of the overview a case stands in, by the clock that runs for its present stage. */
export function bucketOf(row: Pick<CaseRow, 'clock' | 'level'>, now: number = serverNow()): Bucket {
  const { clock } = row
  if (row.level === 'paused' || clock?.state === 'paused') return 'paused'
  if (!clock) return 'later'
  if (clock.remaining_s < 0 || row.level === 'red') return 'overdue'
  const due = clock.due_at === null ? null : Date.parse(clock.due_at)
  if (due !== null && due - now <= 3_600_000) return 'within_hour'
  return due !== null && civilDay(due) <= civilDay(now) ? 'today' : 'later'
}
