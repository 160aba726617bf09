import { query } from './query'
import type { Coded, MatterName, Named } from './types'

/** Routing kept as data, versions of matters, admission and burden: what the server speaks of them. */

export type DraftState = 'draft' | 'in_review' | 'approved' | 'in_force' | 'dropped'
export interface UnitName extends Named { id: string; gone: boolean }
export interface AreaName extends Coded { text: string; level: string | null }
/** When a rule holds; empty: always. Minutes of the day, 1 Monday to 7 Sunday, dates. */
export interface RuleTimes { from_min?: number; to_min?: number; days?: number[]; first?: string; last?: string }
export interface RuleBody {
  matter: MatterName
  area: AreaName
  org: UnitName
  co: UnitName[]
  precedence: number
  times: RuleTimes
  over_rulings: boolean
  basis: string
}
export interface RoutingRule extends RuleBody { id: number; since: string }
export interface RuleList { rules: RoutingRule[]; total: number; number: number; next: number | null }
export interface RuleForm {
  matter: string
  area: string
  org: string
  co: string[]
  precedence: number
  times: RuleTimes
  over_rulings: boolean
  basis: string
}
export interface RuleChange { id: string; rule: number | null; old: RoutingRule | null; gone: boolean; put: RuleBody | null }
export interface DeadEnd { matter: MatterName; communities: number; first: AreaName[] }
export interface TrialFigures {
  from: string
  to: string
  cases: number
  moved: number
  co_changed: number
  unrouted: number
  matters: number
  number: number
  edits: number
  at: string
}
export interface TrialGroup { matter: MatterName; from: UnitName | null; to: UnitName | null; cases: number }
export interface MovedCase {
  id: string
  number: string
  matter: MatterName
  area: AreaName
  reported_at: string
  lead: UnitName | null
  from: UnitName | null
  to: UnitName | null
  co: UnitName[]
}
export interface Trial extends TrialFigures { groups: TrialGroup[]; list: MovedCase[] }
export interface DraftHead {
  id: string
  title: string
  note: string
  state: DraftState
  changes_count: number
  made_by: string
  made_at: string
  submitted_by: string | null
  submitted_at: string | null
  decided_by: string | null
  decided_at: string | null
  reason: string
  effective_from: string | null
  in_force_at: string | null
  number: number | null
  base: number
  trial: TrialFigures | null
}
export interface RoutingDraft extends DraftHead {
  changes: RuleChange[]
  dead_ends: DeadEnd[]
  dead_ends_count: number
  tried: boolean
  current: boolean
  authors: string[]
  people: Record<string, string>
}
export interface DraftList { drafts: DraftHead[]; people: Record<string, string>; number: number }
export interface Way {
  way: { org: UnitName; co: UnitName[]; rule: number | null; ruling: string | null } | null
  chain: RoutingRule[]
  matter: MatterName
  area: AreaName
  at: string
}

interface Wire {
  get: <A>(path: string, signal?: AbortSignal) => Promise<A>
  post: <A>(path: string, body?: unknown) => Promise<A>
  json: <A>(method: string, path: string) => Promise<A>
}

export function mattersRoutes({ get, post, json }: Wire) {
  const id = encodeURIComponent
  const drafts = '/api/routing/drafts'
  const routingDraft = (draft: string) => get<{ draft: RoutingDraft }>(`${drafts}/${id(draft)}`)
  const step = <A = { draft: RoutingDraft }>(draft: string, what: string, body: unknown = {}) => post<A>(`${drafts}/${id(draft)}/${what}`, body)
  return {
    routingRules: (wanted: { matter?: string | null; area?: string | null; org?: string | null; after?: number; limit?: number }, signal?: AbortSignal) =>
      get<RuleList>(`/api/routing/rules${query({ ...wanted })}`, signal),
    routingWay: (matter: string, area: string, at?: string) => get<Way>(`/api/routing/way${query({ matter, area, at })}`),
    routingDrafts: () => get<DraftList>(drafts),
    routingDraft,
    beginRoutingDraft: (body: { id: string; title: string; note: string; effective_from: string | null }) => post<{ draft: RoutingDraft }>(drafts, body),
    changeRouting: (draft: string, change: { id: string; rule: number | null; put: RuleForm | null }) => step(draft, 'changes', change),
    dropRoutingChange: (draft: string, change: string) => json<{ draft: RoutingDraft }>('DELETE', `${drafts}/${id(draft)}/changes/${id(change)}`),
    completeRouting: (draft: string, org: string) => step(draft, 'complete', { org }),
    tryRouting: (draft: string, past: { from: string; to: string }) => step<{ trial: Trial }>(draft, 'trial', past),
    routingTrial: (draft: string, past: { from: string; to: string }) => get<{ trial: Trial }>(`${drafts}/${id(draft)}/trial${query(past)}`),
    submitRouting: (draft: string) => step(draft, 'submit'),
    approveRouting: (draft: string) => step(draft, 'approve'),
    sendBackRouting: (draft: string, reason: string) => step(draft, 'send-back', { reason }),
    dropRouting: (draft: string) => step(draft, 'drop'),
  }
}
