import type { CasePage } from '@gridwork/api'
import { shallowRef, ref, watch } from 'vue'
import { api } from '../state/api'
import { seenUpTo, useLive } from '../state/live'
import { useSettled, type Reading } from '../state/read'

/** One case, kept fresh: read again when something happens to it elsewhere. */
export function useCase(key: () => string | null) {
  const page = shallowRef<CasePage | null>(null)
  const state = ref<Reading>('loading')
  const problem = shallowRef<unknown>(null)
  let running: AbortController | null = null

  async function again(): Promise<void> {
    running?.abort()
    const asked = key()
    if (asked === null) return
    const mine = new AbortController()
    running = mine
    try {
      const fresh = await api.caseById(asked, mine.signal)
      if (mine.signal.aborted) return
      put(fresh)
    } catch (cause) {
      if (mine.signal.aborted) return
      problem.value = cause
      if (page.value === null) state.value = 'failed'
    }
  }

  function put(fresh: CasePage): void {
    page.value = fresh
    problem.value = null
    state.value = 'ready'
    seenUpTo(fresh.case.seq)
  }

  const settle = useSettled(() => { void again() }, 200)
  useLive((event) => {
    const shown = page.value?.case
    if (shown && event.case.id === shown.id && event.case.version > shown.version) settle()
  }, () => { void again() })
  watch(key, () => {
    page.value = null
    state.value = 'loading'
    void again()
  }, { immediate: true })
  return { page, state, problem, again, put }
}
