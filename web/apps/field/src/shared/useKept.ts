import { isProblem } from '@gridwork/api'
import { openShelf } from '@gridwork/ui/phone'
import { onScopeDispose, shallowRef } from 'vue'

export interface Kept { key: string; at: number; data: unknown }

/** Where what was read lies on this device. */
export const keptShelf = openShelf<Kept>('kept')

export type KeptState = 'loading' | 'ready' | 'failed'

/**
 * What the server last said under `key`, shown at once from this device and renewed when the server answers.
 * `readAt` is when it was read (ms); with `everyMs` it is renewed while the page is in sight.
 */
export function useKept<Answer>(key: string, ask: () => Promise<Answer>, is: (thing: unknown) => thing is Answer, everyMs = 0) {
  const state = shallowRef<KeptState>('loading')
  const data = shallowRef<Answer | null>(null)
  const readAt = shallowRef(0)
  const problem = shallowRef<unknown>(null)

  async function fromDevice(): Promise<void> {
    const kept = await keptShelf.get(key)
    if (!kept || data.value !== null || !is(kept.data)) return
    data.value = kept.data
    readAt.value = kept.at
    state.value = 'ready'
  }

  async function read(): Promise<void> {
    try {
      const answer = await ask()
      data.value = answer
      readAt.value = Date.now()
      problem.value = null
      state.value = 'ready'
      await keptShelf.put(key, { key, at: readAt.value, data: answer })
    } catch (thing) {
      problem.value = thing
      if (data.value === null) state.value = 'failed'
    }
  }

  function put(answer: Answer): void {
    data.value = answer
    readAt.value = Date.now()
    state.value = 'ready'
    void keptShelf.put(key, { key, at: readAt.value, data: answer })
  }

  void fromDevice().then(read)
  const again = () => { if (document.visibilityState === 'visible') void read() }
  globalThis.addEventListener('online', again)
  document.addEventListener('visibilitychange', again)
  const timer = everyMs > 0 ? setInterval(again, everyMs) : undefined
  onScopeDispose(() => {
    clearInterval(timer)
    globalThis.removeEventListener('online', again)
    document.removeEventListener('visibilitychange', again)
  })

  return { state, data, readAt, problem, read, put }
}

/** Whether what is shown could not be renewed for want of a network. */
export function isStale(problem: unknown): boolean {
  return isProblem(problem) && problem.unreachable
}

/** Forgets everything read for the person who leaves. */
export async function forgetKept(): Promise<void> {
  for (const { key } of await keptShelf.all()) await keptShelf.remove(key)
}
