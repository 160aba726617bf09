import type { CasePage } from '@gridwork/api'
import { client } from '../face'
import { useKept } from '../shared/useKept'

export function isCasePage(thing: unknown): thing is CasePage {
  return typeof thing === 'object' && thing !== null && 'case' in thing && 'timeline' in thing && 'actions' in thing
}

const EVERY_MS = 30_000

export const caseKey = (id: string) => `case.${id}`

/** One case, from this device at once and renewed by the server. */
export function useTask(id: string) {
  return useKept(caseKey(id), () => client.caseById(id), isCasePage, EVERY_MS)
}
