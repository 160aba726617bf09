import type { CaseRequest, Reason, Reasons } from '@gridwork/api'
import { shallowRef, type ShallowRef } from 'vue'
import { api } from './api'

const lists = shallowRef<Reasons | null>(null)
let reading: Promise<void> | null = null

function read(): Promise<void> {
  reading ??= api.reasons().then(
    ({ reasons }) => { lists.value = reasons },
    () => { reading = null },
  )
  return reading
}

/** The reasons one may give for a decline, a return and so on; read once. */
export async function reasonsOf(kind: keyof Reasons): Promise<Reason[]> {
  await read()
  return lists.value?.[kind] ?? []
}

/** All lists, as soon as they are there. */
export function useReasons(): ShallowRef<Reasons | null> {
  void read()
  return lists
}

/** The named reason of a request; `null` where its reason is words and not a code. */
export function reasonOf(all: Reasons | null, request: CaseRequest): Reason | null {
  if (request.kind === 'extend') return null
  return all?.[request.kind]?.find((reason) => reason.code === request.reason) ?? null
}
