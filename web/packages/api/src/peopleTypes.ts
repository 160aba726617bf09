import type { Coded, Named, OrgName, Role } from './types'

export type Service = 'full_time' | 'part_time' | 'volunteer'
export type When = 'now' | 'to_come' | 'over'

export interface SeatHeld {
  id: string
  role: Role
  role_zh: string
  role_en: string
  kind: Service
  area: Coded | null
  org: OrgName | null
  grid: Coded | null
  place: string | null
  from: string
  to: string | null
  when: When
  end_reason: string
  may_end?: boolean
}

export interface PersonRow {
  id: string
  name: string
  staff_no: string | null
  /** Masked. */
  phone: string
  org: OrgName | null
  left_at: string | null
  account: boolean
  away_until: string | null
  stand_in: string | null
  seats: SeatHeld[]
}

export interface Leave {
  id: string
  person: { id: string; name: string }
  stand_in: { id: string; name: string } | null
  kind: string
  from: string
  to: string
  called_off: boolean
  when: When
}

export interface PersonPage extends PersonRow {
  leaves: Leave[]
  history: { at: string; by: string | null; what: string; role_zh: string; role_en: string }[]
  own: boolean
}

export interface PeopleFilter {
  q?: string
  area?: string
  role?: string
  kind?: string
  org?: string
  grid?: string
  state?: string
}

export interface OrgRow extends Named {
  id: string
  key: string
  kind: string
  level: string
  area: Coded
  parent: OrgName | null
  phone: string
  address: string
  duty_hours: string
  people: number
  sections: number
}

export interface OrgPage extends OrgRow {
  below: OrgRow[]
  staff: { id: string; name: string; role_zh: string; role_en: string }[]
  may_change: boolean
}

export interface PeopleSheetReport {
  rows: number
  new: number
  changed: number
  same: number
  seats_new: number
  seats_changed: number
  stored: boolean
  faults: number
  errors: { row: number; column: string; code: string; detail: string }[]
  preview: string[][]
}

export interface PeopleExport {
  id: string
  asked_by: string
  asked_at: string
  area: Coded
  purpose: string
  note: string
  decided_by: string | null
  decided_at: string | null
  approved: boolean | null
  expires_at: string | null
  may_decide: boolean
  may_take: boolean
}

export const COVERAGE = ['no_worker', 'no_chief', 'away', 'double', 'covered'] as const
export type Coverage = (typeof COVERAGE)[number]
interface Answering { id: string; name: string; kind?: Service; away: boolean; stand_in: string | null }

export interface CoveredGrid {
  code: string
  name: string
  place: string
  lon: number
  lat: number
  workers: Answering[]
  chiefs: Answering[]
  volunteers: number
  liaison: number
  open: number
  state: Coverage
}

export interface LoadRow { id: string; name: string; grids: string[]; place: string; open: number; in_hand: number; away: boolean }

export interface Handover {
  id: string
  grid: Coded
  place: string
  from: { id: string; name: string }
  to: { id: string; name: string }
  made_at: string
  signed_from_at: string | null
  signed_to_at: string | null
  cases: number
  may_sign: boolean
  notes?: string
  sheet?: {
    cases: { number: string; matter: Named | null; stage_zh: string; stage_en: string; due_at: string | null; in_hand: boolean; holder: Named | null }[]
    sub_tasks: { number: string; org: Named | null }[]
    at: string
  }
}

/** A form as a page fills it in; the server checks it field by field. */
export type Filled = Record<string, unknown>
