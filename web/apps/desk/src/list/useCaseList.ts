import type { CaseCounts, CaseFilter, CaseRow, LiveEvent } from '@gridwork/api'
import { onScopeDispose, reactive, ref, shallowRef, watch, type Ref } from 'vue'
import { api } from '../state/api'
import { seenUpTo, useLive } from '../state/live'
import type { Reading } from '../state/read'

const PAGE = 50

/**
 * The rows of one filter, page by page. What happens elsewhere marks rows as changed (their stage and level move at
 * once, their place in the order does not); new cases are only counted until the list is read again.
 */
export function useCaseList(filter: Ref<CaseFilter>) {
  const rows = shallowRef<CaseRow[]>([])
  const counts = shallowRef<CaseCounts | null>(null)
  const status = reactive<{ state: Reading; problem: unknown; more: boolean; loadingMore: boolean }>({
    state: 'loading', problem: null, more: false, loadingMore: false,
  })
  const changed = ref<Set<string>>(new Set())
  let cursor: string | null = null
  let running: AbortController | null = null

  async function again(): Promise<void> {
    running?.abort()
    const mine = new AbortController()
    running = mine
    if (rows.value.length === 0) status.state = 'loading'
    try {
      const [list, tally] = await Promise.all([
        api.cases(filter.value, { limit: PAGE }, mine.signal),
        api.caseCounts(filter.value, mine.signal).catch(() => null),
      ])
      if (mine.signal.aborted) return
      rows.value = list.cases
      counts.value = tally
      cursor = list.next
      changed.value = new Set()
      Object.assign(status, { state: 'ready', problem: null, more: list.next !== null })
      seenUpTo(list.seq)
    } catch (cause) {
      if (!mine.signal.aborted) Object.assign(status, { state: 'failed', problem: cause })
    }
  }

  async function more(): Promise<void> {
    if (!cursor || status.loadingMore) return
    status.loadingMore = true
    const mine = running
    try {
      const list = await api.cases(filter.value, { limit: PAGE, after: cursor }, mine?.signal)
      const known = new Set(rows.value.map((row) => row.id))
      rows.value = [...rows.value, ...list.cases.filter((row) => !known.has(row.id))]
      cursor = list.next
      status.more = cursor !== null
    } catch (cause) {
      if (!mine?.signal.aborted) status.problem = cause
    } finally {
      status.loadingMore = false
    }
  }

  function hear(event: LiveEvent): void {
    const { id, stage, level, version } = event.case
    const i = rows.value.findIndex((row) => row.id === id)
    const row = rows.value[i]
    if (row && row.version < version) {
      rows.value = rows.value.with(i, { ...row, stage, level, version })
      changed.value = new Set(changed.value).add(id)
    } else if (!row && event.kind === 'reported') {
      changed.value = new Set(changed.value).add(id)
    }
  }

  useLive(hear, () => { void again() })
  watch(filter, () => {
    rows.value = []
    void again()
  })
  onScopeDispose(() => running?.abort())
  void again()
  return { rows, counts, status, changed, again, more }
}
