import { computed, ref } from 'vue'

const answered = ref(true)
const believed = ref(globalThis.navigator?.onLine ?? true)
globalThis.addEventListener?.('online', () => { believed.value = true })
globalThis.addEventListener?.('offline', () => { believed.value = false })

/** Whether the server cannot be reached: the device says so, or the last request got no answer. */
export const cutOff = computed(() => !believed.value || !answered.value)

/** `fetch` that notes whether anybody answered. */
export const watchedFetch: typeof fetch = async (input, init) => {
  try {
    const answer = await fetch(input, init)
    answered.value = answer.status !== 502 && answer.status !== 504
    return answer
  } catch (cause) {
    if (!(cause instanceof DOMException && cause.name === 'AbortError')) answered.value = false
    throw cause
  }
}
