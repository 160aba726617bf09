import type { Stage } from '@gridwork/api'

const STAGE_OF: Record<string, Stage> = {
  reported: 'reported', accepted: 'accepted', declined: 'declined', dispatched: 'dispatched', redispatched: 'dispatched', ruled: 'dispatched', signed: 'handling', auto_signed: 'handling', made_safe: 'handling', handled: 'handled',
  self_handled: 'handled', taken: 'verifying', verified: 'verifying', passed: 'verifying', failed: 'returned', reworked: 'returned', confirmed: 'closed', closed: 'closed', archived: 'archived', returned: 'returned', disputed: 'in_ruling',
  suspended: 'suspended', resumed: 'handling', merged: 'merged', voided: 'voided', reopened: 'accepted', objected: 'returned',
}

/** The stage whose glyph stands before an entry of the history; `null` for what moves no stage. */
export function stageOfKind(kind: string): Stage | null {
  return STAGE_OF[kind] ?? STAGE_OF[kind.replace(/^case[._]/, '')] ?? null
}
