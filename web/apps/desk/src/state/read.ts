import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from 'vue'

export type Reading = 'loading' | 'ready' | 'failed'

export interface Read<T> {
  state: Ref<Reading>
  /** The last value read; kept while it is read again. */
  value: ShallowRef<T | null>
  problem: ShallowRef<unknown>
  again: () => Promise<void>
}

/** Reads something now, whenever `when` changes, and `again`; an older answer never overwrites a newer one. */
export function useRead<T>(read: (signal: AbortSignal) => Promise<T>, when?: WatchSource): Read<T> {
  const state = ref<Reading>('loading')
  const value = shallowRef<T | null>(null)
  const problem = shallowRef<unknown>(null)
  let running: AbortController | null = null

  async function again(): Promise<void> {
    running?.abort()
    const mine = new AbortController()
    running = mine
    if (value.value === null) state.value = 'loading'
    try {
      const fresh = await read(mine.signal)
      if (mine.signal.aborted) return
      value.value = fresh
      problem.value = null
      state.value = 'ready'
    } catch (cause) {
      if (mine.signal.aborted) return
      problem.value = cause
      state.value = 'failed'
    }
  }

  if (when) watch(when, () => { void again() }, { deep: true })
  onScopeDispose(() => running?.abort())
  void again()
  return { state, value, problem, again }
}

/** Runs `then` when calls have paused for `ms`. */
export function useSettled(then: () => void, ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(timer))
  return () => {
    clearTimeout(timer)
    timer = setTimeout(then, ms)
  }
}
