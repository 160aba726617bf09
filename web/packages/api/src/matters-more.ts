import type { AreaName, DraftHead, UnitName } from './matters'
import { query } from './query'
import type { MatterName } from './types'

/** Versions of matters, admission (事项准入) and burden: what the server speaks of them. */

export interface Both { zh: string; en: string }
export interface QuestionBody {
  code: string
  datatype: string
  required: boolean
  description: Both
  values?: ({ key: string } & Both)[]
  when?: { question: string; equals: string[] } | null
  shared?: number | null
}
export interface LimitsBody { accept_minutes: number; handle_minutes: number }
export interface MatterMore {
  levels?: Both[]
  aliases?: string[]
  legal_basis?: Both | null
  departments?: Record<string, Both>
  grades?: Record<string, LimitsBody>
  ways?: string[]
  gb_classes?: string[]
  hotline_classes?: string[]
}
/** A whole matter as it is kept and edited. */
export interface MatterBody {
  code: string
  category_code: string
  category: Both
  name: Both
  department: Both
  accept_minutes: number
  handle_minutes: number
  urgency: string
  evidence: string[]
  closing_rule: Both
  verification: string
  make_safe_minutes: number | null
  self_handle_allowed: boolean
  public: boolean
  shown: boolean
  certain: boolean
  questions: QuestionBody[]
  more: MatterMore
  version: number
}
export type Said = ({ kind: 'text' } & Both) | { kind: 'minutes'; minutes: number } | { kind: 'flag'; yes: boolean }
export interface Difference { field: string; before: Said | null; after: Said | null }
export interface MatterVersion { version: number; since: string; ended: boolean; draft: string | null; differences: Difference[] }
export interface MatterChange { code: string; name_zh: string; name_en: string; kind: 'added' | 'changed' | 'ended'; outdated: boolean; differences: Difference[] }
export interface CatalogueDraft extends DraftHead {
  changes: MatterChange[]
  next: number | null
  faults: { code: string; column: string; detail: string }[]
  faults_count: number
  current: boolean
  authors: string[]
  people: Record<string, string>
}
export interface SheetReport {
  rows: number
  accepted: number
  added: number
  changed: number
  ended: number
  draft: string | null
  errors: { row: number; column: string; code: string; value: string; detail: string }[]
}
export interface AreaGrade { area: { code: string; name: string; text: string }; grade: string }

export type AdmissionState = 'asked' | 'refused_by_rule' | 'refused' | 'trial' | 'tried' | 'listed' | 'lapsed' | 'withdrawn'
export interface AskedField { code: string; zh: string; en: string; datatype: string; reused: boolean }
export interface AdmissionForm {
  purpose: string
  legal_basis: string
  times: number
  every: 'day' | 'week' | 'month' | 'quarter' | 'year'
  minutes: number
  photos: number
  notifications: number
  fields: AskedField[]
  trial_days: number
}
export interface Cost { seconds_each: number; minutes_per_grid: number; minutes_before: number; grids: number; hours_all: number }
export interface Conflict { at: number; code: string; seconds: number; kind: 'known' | 'matter' | 'application'; asked_zh: string; asked_en: string; place_zh: string; place_en: string }
export interface AdmissionRow {
  id: string
  matter: MatterName
  org: UnitName
  area: AreaName
  state: AdmissionState
  round: number
  burden: Cost
  made_by: string
  made_at: string
  trial_to: string | null
  listed_at: string | null
  renew_by: string | null
  ended_at: string | null
  renew_soon: boolean
  mine: boolean
}
export interface AdmissionAsk { step: 'answer' | 'mend' | 'list' | 'renew' | 'withdraw'; town?: string | null }
export interface AdmissionParty { centre: boolean; area: AreaName; agrees: boolean | null; words: string | null; person: string | null; at: string | null }
export interface AdmissionPage extends Omit<AdmissionRow, 'mine'> {
  form: AdmissionForm
  parties: AdmissionParty[]
  conflicts: Conflict[]
  history: { at: string; kind: string; person: string | null; body: Record<string, unknown> }[]
  asks: AdmissionAsk[]
  people: Record<string, string>
}
export interface AskedAdmission { id: string; matter: string; org: string; area: string; form: AdmissionForm }

export interface BurdenSums { cases: number; forms: number; fields: number; photos: number; notifications: number; minutes: number; grid_minutes: number }
export interface BurdenBoard {
  area: { code: string; name: string; path: { code: string; name: string }[] }
  since: string
  months_count: number
  grids_count: number
  months: (BurdenSums & { month: string })[]
  areas: (BurdenSums & { code: string; name: string; grids: number })[]
  grids: (BurdenSums & { code: string | null; name: string | null; text: string | null })[]
  departments: (BurdenSums & { name_zh: string; name_en: string })[]
  matters: (BurdenSums & { code: string; name_zh: string; name_en: string })[]
  spared: { merged: { count: number; minutes: number }; by_admission: { kind: string; count: number; minutes_a_month: number; fields: number }[] }
}

interface Wire {
  get: <A>(path: string, signal?: AbortSignal) => Promise<A>
  post: <A>(path: string, body?: unknown) => Promise<A>
  json: <A>(method: string, path: string, ask?: { body?: unknown; form?: FormData }) => Promise<A>
}

export function catalogueRoutes({ get, post, json }: Wire) {
  const id = encodeURIComponent
  const drafts = '/api/matters/drafts'
  type Told = { draft: CatalogueDraft }
  const step = (draft: string, what: string, body: unknown = {}) => post<Told>(`${drafts}/${id(draft)}/${what}`, body)
  const admissions = '/api/admissions'
  type Page = { admission: AdmissionPage }
  return {
    matterVersions: (code: string) => get<{ matter: MatterBody; versions: MatterVersion[] }>(`/api/matters/${id(code)}/versions`),
    catalogueDrafts: () => get<{ drafts: DraftHead[]; people: Record<string, string>; number: number }>(drafts),
    catalogueDraft: (draft: string, after = 0) => get<Told>(`${drafts}/${id(draft)}${query({ after })}`),
    beginCatalogueDraft: (body: { id: string; title: string; note: string; effective_from: string | null }) => post<Told>(drafts, body),
    draftedMatter: (draft: string, code: string) =>
      get<{ body: MatterBody | null; before: MatterBody | null; drafted: boolean; differences: Difference[] }>(`${drafts}/${id(draft)}/changes/${id(code)}`),
    changeMatter: (draft: string, code: string, body: MatterBody | null) => json<Told>('PUT', `${drafts}/${id(draft)}/changes/${id(code)}`, { body: { body } }),
    dropMatterChange: (draft: string, code: string) => json<Told>('DELETE', `${drafts}/${id(draft)}/changes/${id(code)}`),
    shareQuestion: (draft: string, question: QuestionBody, matters: string[]) => json<Told>('PUT', `${drafts}/${id(draft)}/questions`, { body: { question, matters } }),
    submitCatalogue: (draft: string) => step(draft, 'submit'),
    approveCatalogue: (draft: string) => step(draft, 'approve'),
    sendBackCatalogue: (draft: string, reason: string) => step(draft, 'send-back', { reason }),
    dropCatalogue: (draft: string) => step(draft, 'drop'),
    importSheet: (file: File, how: { draft: string; title: string; replace: boolean; on_error: string; try_only: boolean }) => {
      const form = new FormData()
      form.set('file', file, file.name)
      return json<SheetReport>('POST', `/api/admin/matters/import${query({ ...how })}`, { form })
    },
    areaGrades: () => get<{ grades: AreaGrade[] }>('/api/area-grades'),
    setAreaGrade: (area: string, grade: string | null) => json<{ grades: AreaGrade[] }>('PUT', '/api/area-grades', { body: { area, grade } }),

    admissions: () => get<{ admissions: AdmissionRow[] }>(admissions),
    admission: (admission: string) => get<Page>(`${admissions}/${id(admission)}`),
    weighAdmission: (asked: AskedAdmission) => post<{ burden: Cost; conflicts: Conflict[] }>(`${admissions}/weigh`, asked),
    askAdmission: (asked: AskedAdmission) => post<Page>(admissions, asked),
    answerAdmission: (admission: string, body: { agrees: boolean; words: string; town: string | null }) => post<Page>(`${admissions}/${id(admission)}/answer`, body),
    listAdmission: (admission: string) => post<Page>(`${admissions}/${id(admission)}/list`),
    renewAdmission: (admission: string) => post<Page>(`${admissions}/${id(admission)}/renew`),
    withdrawAdmission: (admission: string, reason: string) => post<Page>(`${admissions}/${id(admission)}/withdraw`, { reason }),

    burden: (area: string | null, months: number, signal?: AbortSignal) => get<BurdenBoard>(`/api/burden${query({ area, months })}`, signal),
  }
}
