import type { Coded, Named } from './types'

export const APPLICATION_STATES = ['applied', 'recommended', 'published', 'appointed', 'declined', 'withdrawn', 'ended'] as const
export type ApplicationState = (typeof APPLICATION_STATES)[number]
export const SKILLS = ['errands', 'reading', 'repairs', 'first_aid', 'cleaning', 'patrol', 'teaching', 'languages'] as const
export const TIMES = ['weekday_day', 'weekday_evening', 'weekend_day', 'weekend_evening'] as const
export const SERVICES = ['enquiries', 'agency', 'mediation', 'volunteering', 'reading', 'rest'] as const

export interface Post {
  id: string
  title_zh: string
  title_en: string
  area: string
  place: string
  grids: Coded[]
  places: number
  duties: string
  needs: string
  allowance: string
  apply_until: string
  publish_days: number
  state: 'open' | 'closed'
  taken: number
  applied?: number
  to_review?: number
  to_confirm?: number
  published?: number
}

export interface Published { id: string; name: string; title_zh: string; title_en: string; place: string; grid: string; published_until: string }

export interface ApplicationRow {
  id: string
  name: string
  phone: string
  grid_code: string
  grid_name: string
  state: ApplicationState
  applied_at: string
  reviewed_by: string | null
  confirmed_by: string | null
  published_until: string | null
  reason: string
  person: string | null
  erased_at: string | null
  objections: { id: string; made_at: string; upheld: boolean | null }[]
}

export interface PostPage { post: Post; applications: ApplicationRow[]; may_confirm: boolean }

export interface OwnApplication {
  state: ApplicationState
  applied_at: string
  published_until: string | null
  reason: string
  title_zh: string
  title_en: string
  place: string
  grid: string
  name: string
  erase_at: string | null
  erased_at: string | null
  story: { at: string; what: string }[]
}

export interface AllowanceSheet {
  id: string
  area: string
  place: string
  month: string
  state: 'computed' | 'proposed' | 'approved'
  computed_by: string
  proposed_by: string | null
  approved_by: string | null
  people: number
  total_cents: number
  objections: number
}

export interface AllowanceLine extends Named {
  id: string
  person: string
  person_id: string
  staff_no: string | null
  rate: string
  counted: string
  pieces: number
  paid: number
  cents: number
  total_cents: number
  evidence: string[]
  month: string
  state: 'computed' | 'proposed' | 'approved'
  place?: string
  objections: { id: string; text: string; made_at: string; answer: string | null; answered_at: string | null }[]
}

/** A sheet not yet approved, with the rates by which nothing was counted for oneself. */
export interface OpenSheet { id: string; place: string; month: string; state: AllowanceLine['state']; rates: ({ code: string } & Named)[] }

export interface MyAllowances { lines: AllowanceLine[]; sheets: OpenSheet[] }

export interface Rate extends Named { code: string; counted: string; cents: number; most: number | null }

export interface LiaisonHours {
  id: string
  kind: 'visit' | 'office_hours'
  begins_at: string
  ends_at: string
  place: string
  held_at: string | null
  held_by: string | null
  person: string
  grid: string
  area_name: string
  may_confirm: boolean
}

export interface LiaisonItem {
  id: string
  text: string
  state: 'open' | 'answered'
  raised_at: string
  raised_by: string
  answer: string
  answered_by: string | null
  grid: string
  area_name: string
  meetings: number
}

export interface MeetingRow { id: string; title: string; held_on: string; place: string; state: 'called' | 'held'; area_name: string; convened_by: string; items: number; decisions: number; open_tasks: number }
export interface Meeting extends MeetingRow {
  agenda: { id: string; text: string; state: string; grid: string }[]
  orgs: ({ id: string } & Named)[]
  resolved: { id: string; text: string; kind: 'case' | 'task'; due_on: string; case_no: string | null; done_at: string | null; item: string | null; org: Named | null }[]
  may_keep: boolean
}

export interface PartyPlace extends Named {
  id: string
  kind: 'branch' | 'service_point'
  address: string
  services: string[]
  hours: string
  phone: string
  area_name: string
  grid: string
  grid_code?: string
  lon: number
  lat: number
  liaison?: string | null
}

export interface VolunteerRow { id: string; name: string; phone: string; skills: string[]; times: string[]; place: string; state: 'offered' | 'accepted' | 'ended'; made_at: string; hours: number }
export interface HelpCall {
  id: string
  title: string
  what: string
  skill: string
  place: string
  begins_at: string
  ends_at: string
  wanted: number
  taken: number
  state: 'open' | 'closed'
  mine?: string | null
  offers?: { id: string; volunteer: string; name: string; state: string; hours: number | null }[]
}
export interface OwnVolunteer { state: VolunteerRow['state']; name: string; skills: string[]; times: string[]; place: string; hours: number; calls: HelpCall[]; given: { title: string; begins_at: string; hours: number; place?: string }[] }
export interface Certificate { name: string; hours: number; given: { title: string; begins_at: string; hours: number; place: string }[]; place: string; at: string; city_zh: string; city_en: string }
