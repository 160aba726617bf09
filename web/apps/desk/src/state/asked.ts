import { ref } from 'vue'
import { api } from './api'
import { session } from './session'

/** How many cases wait for something I am asked to do. */
export const asked = ref(0)

export async function refreshAsked(): Promise<void> {
  if (!session.me) return
  const counts = await api.caseCounts({ mine: true }).catch(() => null)
  if (counts) asked.value = counts.total
}
