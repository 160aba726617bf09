import type { Shelf } from '@gridwork/ui/phone'
import { shallowRef } from 'vue'
import { emptyDraft, isBlank, type Draft } from './draft'

const WAIT_MS = 300

/** The one report being written by `login` on this device; every change is kept, so that nothing is lost. */
export function useDraft(shelf: Shelf<Draft>, login: string) {
  const key = `report.${login}`
  const draft = shallowRef(emptyDraft())
  const kept = shallowRef(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function keep(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (isBlank(draft.value)) await shelf.remove(key)
    else await shelf.put(key, draft.value)
    kept.value = !isBlank(draft.value)
  }

  function change(part: Partial<Draft>): void {
    draft.value = { ...draft.value, ...part }
    kept.value = false
    timer ??= setTimeout(() => void keep(), WAIT_MS)
  }

  /** Takes up what was left. Tells whether there was anything. */
  async function restore(): Promise<boolean> {
    const left = await shelf.get(key)
    if (!left || !isBlank(draft.value)) return false
    draft.value = { ...emptyDraft(), ...left }
    kept.value = true
    return true
  }

  async function discard(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    draft.value = emptyDraft()
    kept.value = false
    await shelf.remove(key)
  }

  return { draft, kept, change, keep, restore, discard }
}
