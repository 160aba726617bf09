/** Roles in the order of lists: the grids' own first. */
export const ROLES = [
  'grid_chief', 'grid_worker', 'liaison_officer', 'volunteer', 'people_keeper', 'call_taker', 'acceptor', 'dispatcher', 'shift_supervisor',
  'verifier', 'handler', 'unit_lead', 'supervisor', 'system_admin', 'security_admin', 'audit_admin',
] as const
/** Posts in grids, which a people keeper gives. */
export const GRID_POSTS = ['grid_worker', 'grid_chief', 'liaison_officer', 'volunteer'] as const
export const KINDS = ['full_time', 'part_time', 'volunteer'] as const
export const STATES = ['active', 'away', 'idle', 'left'] as const
export const LEAVES = ['annual', 'sick', 'training', 'family', 'other'] as const
export const PURPOSES = ['duty', 'emergency', 'correction', 'payroll'] as const
export const ORG_KINDS = ['department', 'operator', 'centre', 'town', 'community', 'grid_station', 'section'] as const
