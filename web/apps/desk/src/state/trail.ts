import { shallowRef } from 'vue'

/** The cases of the list one came from, so that the case page can go on to the next. */
const trail = shallowRef<readonly { id: string; number: string }[]>([])

export function leaveTrail(cases: readonly { id: string; number: string }[]): void {
  trail.value = cases.map(({ id, number }) => ({ id, number }))
}

export function neighbours(id: string): { n: number; of: number; before: string | null; after: string | null } | null {
  const i = trail.value.findIndex((one) => one.id === id)
  if (i < 0 || trail.value.length < 2) return null
  return { n: i + 1, of: trail.value.length, before: trail.value[i - 1]?.number ?? null, after: trail.value[i + 1]?.number ?? null }
}
