import type { CaseDetail, CaseRequest, Evidence, Reasons } from '@gridwork/api'

/** What one entry of a command's form asks for. */
export type EntryKind =
  | 'words' | 'line' | 'reason' | 'unit' | 'units' | 'any_unit' | 'other_unit' | 'matter' | 'day' | 'moment' | 'hours' | 'person' | 'case' | 'place'
  | 'photos' | 'media' | 'request' | 'method' | 'level' | 'sub_task' | 'whistle' | 'stars'

export interface Entry {
  /** Name in the command's body. */
  name: string
  kind: EntryKind
  required?: boolean
  /** Which list of reasons. */
  reasons?: keyof Reasons
  requests?: CaseRequest['kind']
}

const note: Entry = { name: 'note', kind: 'words' }
const noteNeeded: Entry = { name: 'note', kind: 'words', required: true }
const textNeeded: Entry = { name: 'text', kind: 'words', required: true }
const unit: Entry = { name: 'org', kind: 'unit', required: true }
const anyUnit: Entry = { name: 'org', kind: 'any_unit', required: true }
const media: Entry = { name: 'media', kind: 'media' }
const request = (requests: CaseRequest['kind']): Entry => ({ name: 'request', kind: 'request', requests, required: true })
const reason = (reasons: keyof Reasons): Entry => ({ name: 'reason', kind: 'reason', reasons, required: true })

/** The entries of each command; a command that is not here and has no body is sent at once. */
export const FORMS: Record<string, Entry[]> = {
  accept: [{ name: 'matter', kind: 'matter' }],
  decline: [reason('decline'), noteNeeded],
  ask_reporter: [textNeeded],
  dispatch: [unit, note],
  sign: [],
  return: [reason('return'), { name: 'clause', kind: 'line', required: true }, { name: 'suggested_org', kind: 'other_unit' }, note],
  redispatch: [unit, note],
  dispute: [reason('return'), noteNeeded],
  rule: [unit, { name: 'clause', kind: 'line', required: true }, noteNeeded],
  request_suspend: [reason('suspend'), { name: 'until', kind: 'day', required: true }],
  approve_suspend: [request('suspend')],
  refuse_suspend: [request('suspend'), noteNeeded],
  resume: [note],
  request_extend: [{ name: 'reason', kind: 'words', required: true }, { name: 'hours', kind: 'hours', required: true }],
  approve_extend: [request('extend')],
  refuse_extend: [request('extend'), noteNeeded],
  make_safe: [textNeeded, media],
  handle: [textNeeded, { name: 'media', kind: 'photos' }],
  self_handle: [textNeeded, { name: 'media', kind: 'photos' }],
  take: [],
  pass: [{ name: 'method', kind: 'method', required: true }, textNeeded, media],
  fail: [textNeeded, media],
  merge: [{ name: 'into', kind: 'case', required: true }],
  unmerge: [],
  request_void: [reason('void'), noteNeeded],
  approve_void: [request('void')],
  refuse_void: [request('void'), noteNeeded],
  request_exclude: [reason('exclude'), noteNeeded],
  approve_exclude: [request('exclude')],
  refuse_exclude: [request('exclude'), noteNeeded],
  remind: [textNeeded],
  supervise: [{ name: 'level', kind: 'level', required: true }, textNeeded],
  add_sub_task: [anyUnit, { name: 'what', kind: 'words', required: true }, { name: 'hours', kind: 'hours', required: true }],
  decline_sub_task: [{ name: 'sub_task', kind: 'sub_task', required: true }, { name: 'reason', kind: 'words', required: true }],
  finish_sub_task: [{ name: 'sub_task', kind: 'sub_task', required: true }, textNeeded, media],
  whistle: [{ name: 'orgs', kind: 'units', required: true }, { name: 'place_text', kind: 'line', required: true }, { name: 'arrive_by', kind: 'moment', required: true }, { name: 'what', kind: 'words', required: true }],
  whistle_sign_in: [{ name: 'whistle', kind: 'whistle', required: true }],
  whistle_conclude: [{ name: 'whistle', kind: 'whistle', required: true }, textNeeded],
  whistle_rate: [{ name: 'whistle', kind: 'whistle', required: true }, anyUnit, { name: 'stars', kind: 'stars', required: true }, { name: 'words', kind: 'words' }],
  hand_over: [{ name: 'person', kind: 'person', required: true }],
  place: [{ name: 'place', kind: 'place', required: true }, { name: 'place_text', kind: 'line', required: true }],
  set_matter: [{ name: 'matter', kind: 'matter', required: true }],
  reopen: [{ name: 'words', kind: 'words', required: true }],
}

/** Evidence a matter asks for beyond pictures and documents (those are files), entered with the handling. */
const TYPED_EVIDENCE = ['measurement', 'component_id', 'checklist', 'signature', 'consent', 'call'] as const

const FILED_EVIDENCE = ['photo_after', 'video', 'document'] as const

/** What the matter still asks for before the handling can be told. */
export function lackingOf(c: CaseDetail): Evidence[] {
  return c.evidence_needed.filter((need) => need.when === 'handle' && !need.have).map((need) => need.token)
}

export function entriesOf(command: string, c: CaseDetail): Entry[] {
  const entries = FORMS[command] ?? [note]
  if (command !== 'handle' && command !== 'self_handle') return entries
  const lacking = lackingOf(c)
  const files = FILED_EVIDENCE.some((token) => lacking.includes(token))
  const asked = TYPED_EVIDENCE.filter((token) => lacking.includes(token))
  return [
    ...entries.map((entry) => (entry.name === 'media' && files ? { ...entry, required: true } : entry)),
    ...asked.map((name): Entry => ({ name, kind: 'line', required: true })),
  ]
}

/** What is filled in before anybody types: the only open request, the present matter, the present place. */
export function firstValues(entries: readonly Entry[], c: CaseDetail): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const entry of entries) {
    if (entry.kind === 'request') {
      const open = c.requests.filter((r) => r.state === 'open' && r.kind === entry.requests)
      if (open.length === 1) values[entry.name] = open[0]?.id
    } else if (entry.kind === 'sub_task') {
      const open = c.sub_tasks.filter((task) => task.state === 'open')
      if (open.length === 1) values[entry.name] = open[0]?.id
    } else if (entry.kind === 'whistle') {
      if (c.whistles.length === 1) values[entry.name] = c.whistles[0]?.id
    } else if (entry.kind === 'matter') values[entry.name] = c.matter?.code
    else if (entry.kind === 'method') values[entry.name] = c.verification ?? 'on_site'
    else if (entry.kind === 'level') values[entry.name] = 1
    else if (entry.kind === 'place' && c.lon !== null && c.lat !== null) values[entry.name] = [c.lon, c.lat]
    else if (entry.name === 'place_text') values[entry.name] = c.place_text ?? ''
  }
  return values
}

/** Whether the command can go at once: it asks nothing that is not already known. */
export function needsNothing(command: string, c: CaseDetail): boolean {
  const entries = entriesOf(command, c)
  const values = firstValues(entries, c)
  return entries.every((entry) => entry.kind === 'request' && values[entry.name] !== undefined)
}

const empty = (value: unknown) =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

/** Names of required entries that are still empty. */
export function missing(entries: readonly Entry[], values: Record<string, unknown>): string[] {
  return entries.filter((entry) => entry.required && empty(values[entry.name])).map((entry) => entry.name)
}

/** The body as the server takes it: every entry present, words never missing, a place as `lon` and `lat`. */
export function bodyOf(entries: readonly Entry[], values: Record<string, unknown>): Record<string, unknown> {
  const body: Record<string, unknown> = {}
  for (const { name, kind } of entries) {
    const value = values[name]
    if (kind === 'place' && Array.isArray(value)) {
      body['lon'] = value[0]
      body['lat'] = value[1]
    } else if (kind === 'words' || (kind === 'line' && name !== 'measurement')) body[name] = typeof value === 'string' ? value.trim() : ''
    else if (kind === 'media' || kind === 'photos' || kind === 'units') body[name] = value ?? []
    else if (kind === 'other_unit') body[name] = value ?? null
    else if (!empty(value)) body[name] = value
  }
  return body
}
