import type { PeopleFilter, PersonRow } from '@gridwork/api'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'
import { api } from '../state/api'
import type { Reading } from '../state/read'
import { session } from '../state/session'

const KEYS = ['q', 'area', 'role', 'kind', 'org', 'grid', 'state'] as const

export function filterOf(query: LocationQuery): PeopleFilter {
  const held: PeopleFilter = {}
  for (const key of KEYS) {
    const value = query[key]
    if (typeof value === 'string' && value !== '') held[key] = value
  }
  return held
}

/** The list of people: its filter stands in the address, pages are read on as one scrolls. */
export function usePeople() {
  const route = useRoute()
  const router = useRouter()
  const filter = computed<PeopleFilter>({
    get: () => filterOf(route.query),
    set: (next) => { void router.replace({ params: route.params, query: Object.fromEntries(Object.entries(next).filter(([, value]) => value)) }) },
  })
  const asked = computed<PeopleFilter>(() => {
    const area = session.area && session.area.code !== session.me?.area.code ? session.area.code : undefined
    return { ...filter.value, ...(filter.value.area ?? area ? { area: filter.value.area ?? area } : {}) }
  })
  const rows = shallowRef<PersonRow[]>([])
  const total = ref(0)
  const state = ref<Reading>('loading')
  const problem = shallowRef<unknown>(null)
  let after: string | null = null
  let running: AbortController | null = null
  let reading = false

  async function again(): Promise<void> {
    running?.abort()
    const mine = new AbortController()
    running = mine
    if (rows.value.length === 0) state.value = 'loading'
    try {
      const page = await api.staff.list(asked.value, null, 50, mine.signal)
      if (mine.signal.aborted) return
      rows.value = page.people
      total.value = page.total
      after = page.after
      state.value = 'ready'
    } catch (cause) {
      if (mine.signal.aborted) return
      problem.value = cause
      rows.value = []
      state.value = 'failed'
    }
  }

  async function more(): Promise<void> {
    if (!after || reading) return
    reading = true
    const of = running
    const page = await api.staff.list(asked.value, after).catch(() => null)
    reading = false
    if (!page || of !== running) return
    rows.value = [...rows.value, ...page.people]
    after = page.after
  }

  watch(() => JSON.stringify(asked.value), () => { void again() })
  onScopeDispose(() => running?.abort())
  void again()
  return { filter, rows, total, state, problem, more, again }
}
