import { ref, watch } from 'vue'

const KEPT = 'gridwork.large'

function kept(): boolean {
  try {
    return localStorage.getItem(KEPT) === '1'
  } catch {
    return false
  }
}

/** Whether this person reads in large type (20 px, one column). */
export const LARGE_TYPE = ref(kept())

/** Puts the choice into effect now and whenever it changes; call once when a face starts. */
export function startLargeType(): void {
  watch(LARGE_TYPE, (large) => {
    document.documentElement.classList.toggle('large', large)
    try {
      localStorage.setItem(KEPT, large ? '1' : '0')
    } catch {
      // For this visit only.
    }
  }, { immediate: true })
}
