import type { Stage } from '@gridwork/api'

const STAGE_OF: Record<string, Stage> = {
  reported: 'reported', accepted: 'accepted', declined: 'declined', decline_objected: 'reported', dispatched: 'dispatched', ruled: 'dispatched', reopened: 'dispatched',
  signed: 'handling', made_safe: 'handling', resumed: 'handling', came_back: 'handling', returned: 'returned', failed: 'returned', objected: 'returned', disputed: 'in_ruling',
  suspended: 'suspended', handled: 'handled', self_handled: 'handled', taken: 'verifying', passed: 'confirming', not_drawn: 'confirming', confirmed: 'closed', silence_confirmed: 'closed',
  archived: 'archived', merged: 'merged', voided: 'voided', withdrawn: 'voided',
}

/** The stage whose glyph stands before an entry of the history; `null` for what moves no stage. */
export function stageOfKind(kind: string): Stage | null {
  return STAGE_OF[kind] ?? null
}
