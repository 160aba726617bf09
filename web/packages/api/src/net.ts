// Drafts of the net: the contract with `/api/net` and the net's past.
import type { Coded, Located, LonLat } from './types'

export const DRAFT_STATES = ['drawing', 'submitted', 'approved', 'in_force', 'withdrawn'] as const
export type NetDraftState = (typeof DRAFT_STATES)[number]
export type GridKind = 'basic' | 'dedicated'
export type DraftDeed = 'edit' | 'submit' | 'decide' | 'take_back' | 'withdraw' | 'undo'
export interface DraftWho { id: string; name: string }
export interface GridShort { id: string; code: string | null; name: string }

export interface ReportGrid extends GridShort { community: string; area_m2: number }
/** What moved when a draft took effect. */
export interface DraftReport {
  net: number
  at: string
  ended: ReportGrid[]
  made: ReportGrid[]
  changed: ReportGrid[]
  lineage: { from: GridShort | null; to: GridShort | null; area_m2: number; share: number }[]
  moves: DraftMove[]
  sums: Record<string, number>
}

export interface Draft {
  id: string
  name: string
  what: string
  area: Coded
  communities: Coded[]
  state: NetDraftState
  base: number
  base_moved: boolean
  steps: number
  cursor: number
  version: number
  effect_at: string | null
  made_by: DraftWho | null
  made_at: string
  editors: DraftWho[]
  submitted_by: DraftWho | null
  submitted_at: string | null
  decided_by: DraftWho | null
  decided_at: string | null
  refused: boolean
  decision: string
  held: string | null
  net: number | null
  undoes: string | null
  report: DraftReport | null
  updated_at: string
  may: DraftDeed[]
}

/** One edit as told; positions are longitude, latitude, degrees. */
export type NetEdit =
  | { kind: 'add'; community: string; grid_kind: GridKind; dedicated_kind?: string | null; name: string; polygon: GeoJSON.Polygon; snap_m?: number | null }
  | { kind: 'redraw'; grid: string; polygon: GeoJSON.Polygon; follow: boolean; snap_m?: number | null }
  | { kind: 'remove'; grid: string }
  | { kind: 'rename'; grid: string; name: string }
  | { kind: 'move_vertex'; community: string; grid_kind: GridKind; from: LonLat; to: LonLat; snap_m?: number | null }
  | { kind: 'insert_vertex'; community: string; grid_kind: GridKind; a: LonLat; b: LonLat; at: LonLat }
  | { kind: 'remove_vertex'; community: string; grid_kind: GridKind; at: LonLat }
  | { kind: 'split'; grid: string; line: LonLat[]; names?: string[] }
  | { kind: 'merge'; grids: string[]; name?: string | null }
  | { kind: 'repair'; community: string; fault: string; how: string; grid?: string | null }
  | { kind: 'mend'; community: string }

export interface DraftStep { n: number; counts: boolean; edits: { kind: NetEdit['kind'] }[]; person: DraftWho; at: string }
export interface DraftPage { draft: Draft; steps: DraftStep[] }

export interface RepairOffer { how: string; grid: GridShort | null }
export interface NetFault {
  id: string
  kind: string
  community: string
  grids: GridShort[]
  geometry: GeoJSON.Polygon | null
  at: LonLat | null
  area_m2: number
  width_m: number
  repairs: RepairOffer[]
}

export interface GridDrawn extends GridShort {
  kind: GridKind
  dedicated_kind: string | null
  community: string
  area_m2: number
  status: 'same' | 'changed' | 'made'
  polygon: GeoJSON.Polygon
}
export interface CommunityDrawn { code: string; name: string; outline: GeoJSON.Polygon; grids: GridDrawn[]; faults: NetFault[] }

export interface ComparedGrid extends GridShort {
  kind: GridKind
  community: string
  name_before: string | null
  area_m2: number
  before_m2: number | null
  polygon: GeoJSON.Polygon
  polygon_before: GeoJSON.Polygon | null
  shares: { grid: GridShort; area_m2: number; share: number }[]
  open_cases: number
  appointments: number
}
export interface DraftMove { what: 'open_cases' | 'closed_cases' | 'appointments'; from: GridShort | null; to: GridShort | null; count: number }
export interface NetComparison {
  added: ComparedGrid[]
  removed: ComparedGrid[]
  changed: ComparedGrid[]
  moves: DraftMove[]
  open_cases: number
  closed_cases: number
  appointments: number
  faults: NetFault[]
}

export interface NetLine { number: number; made_at: string; what: string }
export interface LocatedThen extends Located { net: number }
export interface GridKin { code: string; name: string; net: number; at: string; area_m2: number; share: number }
export interface GridVersion { net_from: number; net_to: number | null; valid_from: string; valid_to: string | null; name: string; area_m2: number; polygon: GeoJSON.Polygon }
export interface GridHistory {
  code: string
  name: string
  kind: GridKind
  community: Coded | null
  valid_from: string
  valid_to: string | null
  versions: GridVersion[]
  from: GridKin[]
  into: GridKin[]
}
