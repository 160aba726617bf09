import { readonly, ref } from 'vue'

const STAYS_MS = 4000
const text = ref('')
let timer: ReturnType<typeof setTimeout> | undefined

/** What was just done, in one line that goes by itself. */
export const notice = readonly(text)

export function tell(words: string): void {
  clearTimeout(timer)
  text.value = words
  timer = setTimeout(() => { text.value = '' }, STAYS_MS)
}
