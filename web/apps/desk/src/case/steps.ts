import type { CasePage, Stage } from '@gridwork/api'

/** The road of a case in seven stations. */
export const STATIONS = ['report', 'accept', 'dispatch', 'sign', 'handle', 'verify', 'close'] as const
export type Station = (typeof STATIONS)[number]

const AT: Record<Stage, number> = {
  reported: 1, accepted: 2, declined: 1, returned: 2, in_ruling: 2, dispatched: 3, handling: 4, suspended: 4, handled: 5, verifying: 5, confirming: 6,
  closed: 7, archived: 7, merged: 7, voided: 7,
}
const DONE_BY: Record<string, Station> = {
  reported: 'report', accepted: 'accept', dispatched: 'dispatch', ruled: 'dispatch', signed: 'sign', handled: 'handle', self_handled: 'handle',
  passed: 'verify', not_drawn: 'verify', confirmed: 'close', silence_confirmed: 'close',
}

export interface StationState { station: Station; state: 'done' | 'now' | 'next'; at: string | null }

/** Which stations are behind the case, where it stands, and when it passed each (the last time, if it passed twice). */
export function stations(page: CasePage): StationState[] {
  const now = AT[page.case.stage]
  const passed = new Map<Station, string>([['report', page.case.reported_at]])
  for (const entry of [...page.timeline].reverse()) {
    const station = DONE_BY[entry.kind]
    if (station) passed.set(station, entry.at)
  }
  return STATIONS.map((station, i) => ({
    station, state: i < now ? 'done' : i === now ? 'now' : 'next', at: i < now ? (passed.get(station) ?? null) : null,
  }))
}
