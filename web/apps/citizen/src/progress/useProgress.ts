import { isProblem, type Progress, type PublicCommand, type PublicCommandBodies } from '@gridwork/api'
import { useFailure } from '@gridwork/ui/phone'
import { onScopeDispose, shallowRef } from 'vue'
import { client } from '../face'

const EVERY_MS = 30_000

export type ProgressState = 'loading' | 'ready' | 'missing' | 'failed'

/** One report as its maker sees it: read, kept fresh while the page is looked at, and acted upon. */
export function useProgress(code: string) {
  const state = shallowRef<ProgressState>('loading')
  const progress = shallowRef<Progress | null>(null)
  const { failure } = useFailure()
  const busy = shallowRef(false)

  async function read(): Promise<void> {
    try {
      progress.value = await client.progress(code)
      state.value = 'ready'
      failure.value = null
    } catch (thing) {
      failure.value = thing
      if (isProblem(thing) && thing.status === 404) state.value = 'missing'
      else if (progress.value === null) state.value = 'failed'
    }
  }

  /** Sends what the person decided, under the given id so that a repeat changes nothing. Throws what was refused. */
  async function act<C extends PublicCommand>(command: C, body: PublicCommandBodies[C], id: string): Promise<void> {
    busy.value = true
    try {
      progress.value = await client.progressCommand(code, command, body, id)
    } finally {
      busy.value = false
    }
  }

  const look = () => { if (document.visibilityState === 'visible' && !busy.value) void read() }
  const timer = setInterval(look, EVERY_MS)
  document.addEventListener('visibilitychange', look)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', look)
  })
  void read()

  return { state, progress, failure, busy, read, act }
}
