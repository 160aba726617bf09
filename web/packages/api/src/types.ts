/** The shapes the server speaks. Times are RFC 3339 UTC strings, lengths metres, durations seconds (`_s`). */

export const STAGES = [
  'reported', 'accepted', 'declined', 'dispatched', 'handling', 'handled', 'verifying', 'confirming',
  'closed', 'archived', 'suspended', 'returned', 'in_ruling', 'merged', 'voided',
] as const
export type Stage = (typeof STAGES)[number]

export const SOURCES = ['citizen', 'worker', 'call', 'open311', 'department', 'inspection', 'device'] as const
export type Source = (typeof SOURCES)[number]

export const LEVELS = ['red', 'amber', 'ok', 'paused'] as const
export type ClockLevel = 'ok' | 'amber' | 'red'
export type Level = ClockLevel | 'paused' | 'none'

export const URGENCIES = ['emergency', 'urgent', 'normal', 'low'] as const
export type Urgency = (typeof URGENCIES)[number]

export const ASKS = [
  'accept', 'dispatch', 'redispatch', 'sign', 'handle', 'take', 'verify', 'rule', 'approve_suspend',
  'approve_extend', 'approve_void', 'approve_exclude', 'sub_task', 'answer', 'whistle',
] as const
export type Ask = (typeof ASKS)[number]

export type ClockKind =
  | 'accept' | 'dispatch' | 'sign' | 'handle' | 'make_safe' | 'ruling' | 'verify' | 'objection' | 'reopen' | 'whole'
export type Verification = 'on_site' | 'same_hour' | 'call_back' | 'sampling'
export type Evidence =
  | 'photo_near' | 'photo_far' | 'photo_ref' | 'photo_after' | 'video' | 'gps' | 'component_id' | 'measurement'
  | 'document' | 'checklist' | 'signature' | 'consent' | 'call' | 'note'
export type Role =
  | 'call_taker' | 'acceptor' | 'dispatcher' | 'shift_supervisor' | 'verifier' | 'handler' | 'unit_lead'
  | 'grid_chief' | 'grid_worker' | 'supervisor' | 'net_keeper' | 'liaison_officer' | 'volunteer' | 'people_keeper' | 'system_admin' | 'security_admin' | 'audit_admin'
export type MediaKind = 'photo' | 'document' | 'video'
export type Purpose = 'near' | 'far' | 'ref' | 'before' | 'after' | 'other'
export type Variant = 'full' | 'thumb' | 'file'

/** Something that bears a name in both languages. */
export interface Named { name_zh: string; name_en: string }
export interface Coded { code: string; name: string }
export interface OrgName extends Named { id: string }
export interface MatterName extends Named { code: string }
export type Bounds = [west: number, south: number, east: number, north: number]
export type LonLat = [lon: number, lat: number]
/** Part of a picture, each number 0..1 of its width or height. */
export type BlurArea = [x: number, y: number, w: number, h: number]

export interface Clock {
  kind: ClockKind
  state: 'running' | 'paused' | 'stopped'
  started_at: string
  due_at: string | null
  total_s: number
  spent_s: number
  /** Negative when overdue; counted in the clock's own (working) time. */
  remaining_s: number
  level: ClockLevel
  around_the_clock: boolean
  provisional: boolean
  paused_at: string | null
  /** Only when stopped. */
  met: boolean | null
}

// ── Public ──────────────────────────────────────────────────────────────────

export interface City extends Named {
  jurisdiction_id: string
  zone: string
  schematic: boolean
  center: LonLat
  bounds: Bounds
  net: number
  version: string
  test_clock: boolean
}

export interface Question {
  code: string
  datatype: string
  required: boolean
  description_zh: string
  description_en: string
  values: ({ key: string } & Named)[]
  /** Asked only when an earlier question is answered so. */
  when?: { question: string; equals: string[] } | null
  /** The version of a question that several matters share. */
  shared?: number | null
}

export interface PublicMatter extends MatterName { urgency: Urgency; questions: Question[] }
export interface PublicCategory extends Named { code: string; matters: PublicMatter[] }

export interface MatterSuggestion extends MatterName { score: number; because: string[] }

export interface Located {
  inside: boolean
  grid: (Coded & { kind: string }) | null
  dedicated: Coded | null
  community: Coded
  town: Coded
  district: Coded
  text: string
}

export interface Place {
  text: string
  kind: 'district' | 'town' | 'community' | 'grid' | 'dedicated'
  lon: number
  lat: number
  code: string
}

export interface NearbyCase {
  id: string
  number: string
  matter: MatterName
  distance_m: number
  reported_at: string
  stage: Stage
  reporters: number
  thumb_url: string | null
  place_text: string
  score: number
  because: ('place' | 'matter' | 'time' | 'picture')[]
}

export interface UploadedMedia {
  id: string
  kind: MediaKind
  width: number
  height: number
  url: string
  thumb_url: string
  upload_token?: string
}

export interface PublicReport {
  id: string
  text: string
  matter: string | null
  lon: number | null
  lat: number | null
  place_text: string | null
  media: string[]
  name: string | null
  phone: string | null
  call_back: boolean
  hide_phone: boolean
  answers: Record<string, string>
}

export interface ReportReceipt {
  case_id: string
  number: string
  progress_code: string
  link: string
  grid_text: string
  next: { what_zh: string; what_en: string; by: string | null } | null
  unplaced: boolean
}

export interface ProgressMedia { id: string; url: string; thumb_url: string; purpose: Purpose; at: string }

export interface Progress {
  number: string
  matter: MatterName | null
  text: string
  place_text: string
  lon: number | null
  lat: number | null
  reported_at: string
  stage: Stage
  step: 1 | 2 | 3 | 4
  steps: {
    step: number
    title_zh: string
    title_en: string
    at: string | null
    done: boolean
    note_zh: string | null
    note_en: string | null
  }[]
  holder: Named | null
  due_at: string | null
  overdue: boolean
  /** `said` are the words that went with it, where the reporter may read them. */
  story: { at: string; kind: string; text_zh: string; text_en: string; said?: string | null; media: ProgressMedia[] }[]
  media: ProgressMedia[]
  followers: number
  merged_into: string | null
  declined: { reason_zh: string; reason_en: string; note: string | null } | null
  question: { text: string; asked_at: string; answer_by: string | null } | null
  actions: { command: PublicCommand; allowed: boolean; reason: string | null; until: string | null }[]
  rating: { stars: number; reasons: string[]; words: string | null } | null
  can_rate: boolean
}

/** What a reporter may do, with the body each takes. */
export interface PublicCommandBodies {
  confirm: Record<string, never>
  object: { reason: string; words: string; media: string[] }
  answer: { text: string; media: string[] }
  withdraw: Record<string, never>
  rate: { stars: number; reasons: string[]; words: string }
  object_decline: { words: string }
  reopen: { words: string; media: string[] }
}
export type PublicCommand = keyof PublicCommandBodies

export interface OpenCase {
  id: string
  number: string
  lon: number
  lat: number
  matter: MatterName | string | null
  stage: Stage
  reported_at: string
}

// ── Session ─────────────────────────────────────────────────────────────────

export interface Seat {
  role: Role
  role_zh: string
  role_en: string
  area: (Coded & { level: string }) | null
  org: OrgName | null
  grid: Coded | null
}

export interface Me {
  account_id: string
  person_id: string
  name: string
  login: string
  totp: boolean
  seats: Seat[]
  capabilities: string[]
  area: Coded & { level: string; path: Coded[] }
  home: 'desk' | 'field'
  /** A first password must be changed before anything else. */
  must_change: boolean
}

export interface SessionRow {
  id: string
  created_at: string
  last_seen_at: string
  agent: string
  current: boolean
}

// ── Cases ───────────────────────────────────────────────────────────────────

export interface CaseRow {
  id: string
  number: string
  matter: (MatterName & { category: string; urgency: Urgency }) | null
  stage: Stage
  source: Source
  text: string
  place_text: string | null
  lon: number | null
  lat: number | null
  grid: Coded | null
  community: Coded | null
  town: Coded | null
  district: Coded | null
  holder: OrgName | null
  handler: { id: string; name: string } | null
  reported_at: string
  updated_at: string
  clock: Clock | null
  whole: Clock | null
  level: Level
  rework: number
  returns: number
  reminders: number
  supervised: boolean
  reporters: number
  thumb_url: string | null
  ask: Ask | null
  version: number
}

export interface CaseMedia {
  id: string
  kind: MediaKind
  purpose: Purpose
  url: string
  thumb_url: string | null
  at: string
  by_text: string | null
  event_id: string | null
  width: number | null
  height: number | null
  lon: number | null
  lat: number | null
  file_name: string | null
}

export interface SubTask {
  id: string
  org: OrgName
  what: string
  state: 'open' | 'done' | 'declined'
  due_at: string | null
  result: string | null
}

export interface CaseRequest {
  id: string
  kind: 'suspend' | 'extend' | 'void' | 'exclude'
  by: string | { name: string } | null
  at: string
  /** A code of the list of reasons; for an extension, words. */
  reason: string | null
  words?: string | null
  until: string | null
  state: 'open' | 'approved' | 'refused'
}

export interface Whistle {
  id: string
  place_text: string
  arrive_by: string
  orgs: { org: OrgName; signed_at: string | null }[]
  caller_signed_at: string | null
  conclusion: string | null
  rating: number | null
}

export interface CasePlace {
  grid: Coded | null
  dedicated: Coded | null
  informed_grid: Coded | null
  community: Coded | null
  town: Coded | null
  district: Coded | null
  net: number | null
  border_m: number | null
  placed_by: string | null
}

export interface CaseDetail extends CaseRow {
  answers: Record<string, string>
  reporter: {
    masked_name: string | null
    masked_phone: string | null
    hide_phone: boolean
    call_back: boolean
    anonymous: boolean
  } | null
  place: CasePlace | null
  media: CaseMedia[]
  clocks: Clock[]
  make_safe: Clock | null
  evidence_needed: { token: Evidence; have: boolean; when: 'report' | 'handle' }[]
  closing_rule_zh: string | null
  closing_rule_en: string | null
  verification: Verification | null
  why_here: { text_zh: string; text_en: string }[]
  lead: OrgName | null
  sub_tasks: SubTask[]
  requests: CaseRequest[]
  merged: CaseRow[]
  merged_into: { id: string; number: string } | null
  whistles: Whistle[]
  followers: number
  rating: { stars: number; reasons: string[]; words: string | null } | null
  binding: boolean
  returns_left: number
  reopens: number
  seq: number
  /** Asked of the reporter, once. */
  question?: { text: string; asked_at: string; answer_by: string | null; over: boolean } | null
  external_number?: string | null
  suspended_until?: string | null
  verifier?: { id: string; name: string } | null
  excluded?: boolean
  /** 0 none, 1 town to 3 city. */
  supervision?: number
}

export interface TimelineEntry {
  id: string
  at: string
  kind: string
  /** `of`: in whose place, when the person stood in for somebody. */
  by: { name: string | null; of?: string | null; org_zh: string | null; org_en: string | null; role: Role | 'reporter' | null; role_zh?: string; role_en?: string } | null
  system: boolean
  public: boolean
  title_zh: string
  title_en: string
  /** `text_en` where the text is the system's own and not a person's. */
  details: { label_zh: string; label_en: string; text: string; text_en?: string }[]
  media: CaseMedia[]
}

export interface CaseAction {
  command: string
  label_zh: string
  label_en: string
  allowed: boolean
  primary: boolean
  reason: string | null
  asks_me: boolean
}

export interface CasePage { case: CaseDetail; timeline: TimelineEntry[]; actions: CaseAction[] }

export interface CaseList { cases: CaseRow[]; next: string | null; seq: number }

export interface CaseCounts {
  total: number
  /** True when `total` was capped: show "1,000+". */
  total_more: boolean
  by_stage: Partial<Record<Stage, number>>
  /** Stages that hold at least as many as said. */
  at_least?: Stage[]
  by_level: Partial<Record<Level, number>>
  by_ask: Partial<Record<Ask, number>>
}

/** Filters of the list, counts and export. Lists are joined with commas. */
export interface CaseFilter {
  q?: string
  stage?: Stage[]
  matter?: string[]
  source?: Source[]
  area?: string
  org?: string
  level?: Level[]
  mine?: boolean
  ask?: Ask[]
  urgency?: Urgency[]
  from?: string
  to?: string
  grid?: string
  supervised?: boolean
  sort?: CaseSort
  bbox?: Bounds
}
export const CASE_SORTS = ['due', '-reported_at', '-updated_at'] as const
export type CaseSort = (typeof CASE_SORTS)[number]

export interface NewCase {
  id: string
  text: string
  matter: string | null
  lon: number | null
  lat: number | null
  place_text: string | null
  media: MediaRef[]
  source: 'call' | 'worker' | 'inspection' | 'department'
  external_number: string | null
  name: string | null
  phone: string | null
  call_back: boolean
  hide_phone: boolean
  answers: Record<string, string>
  self_handle: { text: string; media: MediaRef[] } | null
}

export interface NewCaseReceipt {
  case_id: string
  number: string
  grid_text: string
  dispatched_to: OrgName | null
  why_here?: { text_zh: string; text_en: string }[]
}

export interface MediaRef { id: string; purpose: Purpose }

/** Every command of a case, with the body it takes. */
export interface CommandBodies {
  accept: { matter?: string }
  decline: { reason: string; note: string }
  ask_reporter: { text: string }
  dispatch: { org: string; note: string }
  sign: Record<string, never>
  return: { reason: string; clause: string; suggested_org: string | null; note: string }
  redispatch: { org: string; note: string }
  dispute: { reason: string; note: string }
  rule: { org: string; note: string; clause: string }
  request_suspend: { reason: string; until: string }
  approve_suspend: { request: string }
  refuse_suspend: { request: string; note: string }
  resume: { note: string }
  request_extend: { reason: string; until?: string; hours?: number }
  approve_extend: { request: string }
  refuse_extend: { request: string; note: string }
  make_safe: { text: string; media: string[] }
  handle: { text: string; media: MediaRef[]; [evidence: string]: unknown }
  self_handle: { text: string; media: string[] }
  take: Record<string, never>
  pass: { text: string; media: string[]; method: Verification }
  fail: { text: string; media: string[] }
  merge: { into: string }
  unmerge: Record<string, never>
  request_void: { reason: string; note: string }
  approve_void: { request: string }
  refuse_void: { request: string; note: string }
  request_exclude: { reason: string; note: string }
  approve_exclude: { request: string }
  refuse_exclude: { request: string; note: string }
  remind: { text: string }
  supervise: { text: string; level: string | number }
  add_sub_task: { org: string; what: string; hours: number }
  decline_sub_task: { sub_task: string; reason: string }
  finish_sub_task: { sub_task: string; text: string; media: string[] }
  whistle: { orgs: string[]; place_text: string; arrive_by: string; what: string }
  whistle_sign_in: { whistle: string }
  whistle_conclude: { whistle: string; text: string }
  whistle_rate: { whistle: string; org: string; stars: number; words: string }
  hand_over: { person: string }
  place: { lon: number; lat: number; place_text: string }
  set_matter: { matter: string }
  note: { text: string; public: boolean; media: string[] }
  reopen: { words: string }
}
export type CommandName = keyof CommandBodies

export interface BulkAnswer {
  done: string[]
  refused: { id: string; number: string; code: string; reason: string }[]
}

export type DuplicateCase = CaseRow & { distance_m: number; score: number; because: string[] }

export interface UnitChoice {
  org: OrgName
  why_zh: string
  why_en: string
  precedence: number
  hours: number | null
}
export interface Org extends OrgName { kind: string; area: string | Coded | null }
export interface Person { id: string; name: string; role: Role | null }

export interface Reason extends Named { code: string; good?: boolean }
export type Reasons = Record<'decline' | 'return' | 'suspend' | 'void' | 'exclude' | 'rating', Reason[]>

/** `count` stops at 1,001: then there are more. */
export interface SavedView { id: string; name: string; query: string; count: number | null; shared: boolean }

export const FIGURE_KEYS = ['reported_today', 'to_dispatch', 'open', 'overdue', 'closed_today', 'on_time_rate'] as const
export type FigureKey = (typeof FIGURE_KEYS)[number]
export interface Figure {
  key: FigureKey
  value: number
  /** The same moment last week. */
  before: number | null
  unit: 'cases' | 'percent'
  series: number[]
  series_before: number[]
}

export interface Overview {
  asks: {
    overdue: number
    within_hour: number
    today: number
    later: number
    paused: number
    total: number
    cases: CaseRow[]
  }
  figures: Figure[]
  by_stage: Partial<Record<Stage, number>>
  area: Coded
}

export interface SearchAnswer {
  cases: { id: string; number: string; matter: MatterName | null; place_text: string | null; stage: Stage }[]
  grids: { code: string; name: string; lon: number; lat: number }[]
  divisions: { code: string; name: string; lon: number; lat: number }[]
  orgs: (OrgName & { kind?: string })[]
  pages: { path?: string; name_zh?: string; name_en?: string }[]
}

export interface Division { code: string; name: string; level: string; lon: number; lat: number; bounds: Bounds }

export interface Grid {
  code: string
  name: string
  kind: string
  dedicated_kind: string | null
  area_m2: number
  valid_from: string
  net: number
  lon: number
  lat: number
  community: Coded | null
  town: Coded | null
  district: Coded | null
  chief: { name: string } | null
  workers: { name: string }[]
  open: number
  polygon: GeoJSON.Polygon | GeoJSON.MultiPolygon
}

export interface Matter extends MatterName {
  urgency: Urgency
  accept_minutes: number
  handle_minutes: number
  evidence: Evidence[]
  closing_rule_zh: string
  closing_rule_en: string
  verification: Verification
  department_zh: string
  department_en: string
  self_handle: boolean
  questions?: Question[]
  /** Levels below the category, the wider first. */
  levels?: Named[]
  legal_basis?: Named | null
  aliases?: string[]
  gb_classes?: string[]
  hotline_classes?: string[]
  version?: number
}
export interface Category extends Named { code: string; matters: Matter[] }

// ── Live ────────────────────────────────────────────────────────────────────

export interface LiveCase {
  id: string
  number: string
  stage: Stage
  lon: number | null
  lat: number | null
  level: Level
  version: number
  matter_code: string | null
  holder: OrgName | string | null
  due_at: string | null
}
export interface LiveEvent {
  type: 'event'
  seq: number
  case: LiveCase
  kind: string
  at: string
  title_zh: string
  title_en: string
}
export type LiveMessage = { type: 'hello'; seq: number } | LiveEvent | { type: 'lost'; from: number }

// ── Field ───────────────────────────────────────────────────────────────────

export type FieldTask = CaseRow & { distance_m: number | null; kind: 'handle' | 'verify' | 'sub_task' }
export interface FieldToday { tasks: FieldTask[]; grids: Coded[]; done_today: number }
