import type { Reason, Reasons } from '@gridwork/api'
import { api } from './api'

let reading: Promise<Reasons> | null = null

/** The reasons one may give for a decline, a return and so on; read once. */
export async function reasonsOf(kind: keyof Reasons): Promise<Reason[]> {
  reading ??= api.reasons().then(({ reasons }) => reasons)
  try {
    return (await reading)[kind] ?? []
  } catch {
    reading = null
    return []
  }
}
