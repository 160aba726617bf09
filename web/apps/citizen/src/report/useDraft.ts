import type { Shelf } from '@gridwork/ui/phone'
import { shallowRef, type ShallowRef } from 'vue'
import { emptyDraft, isBlank, type Draft } from './draft'

const KEY = 'report'
const WAIT_MS = 300

/** The one report being written on this device; every change is kept, so that nothing typed is lost. */
export function useDraft(shelf: Shelf<Draft>) {
  const draft: ShallowRef<Draft> = shallowRef(emptyDraft())
  const restored = shallowRef(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Writes the draft down now. */
  async function keep(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (isBlank(draft.value)) await shelf.remove(KEY)
    else await shelf.put(KEY, draft.value)
  }

  function change(part: Partial<Draft>): void {
    draft.value = { ...draft.value, ...part }
    timer ??= setTimeout(() => void keep(), WAIT_MS)
  }

  /** Takes up what was left; unless something has been typed in the meantime. */
  async function restore(): Promise<void> {
    const kept = await shelf.get(KEY)
    if (!kept || !isBlank(draft.value)) return
    draft.value = { ...emptyDraft(), ...kept }
    restored.value = true
  }

  async function discard(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    draft.value = emptyDraft()
    restored.value = false
    await shelf.remove(KEY)
  }

  return { draft, restored, change, keep, restore, discard }
}
