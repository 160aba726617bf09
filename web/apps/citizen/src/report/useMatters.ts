import type { Client, MatterSuggestion, PublicMatter } from '@gridwork/api'
import { onScopeDispose, shallowRef, watch } from 'vue'

const WAIT_MS = 400
const LEAST_CHARACTERS = 2

/** What the words seem to be about, asked while the person types; a failing guess is simply no guess. */
export function useMatterGuess(client: Client, text: () => string) {
  const guesses = shallowRef<MatterSuggestion[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined
  let round = 0

  async function guess(words: string): Promise<void> {
    round += 1
    const mine = round
    try {
      const { suggestions } = await client.suggestPublicMatter(words)
      if (mine === round) guesses.value = suggestions.slice(0, 4)
    } catch {
      // Typing goes on; the office names the matter then.
    }
  }

  watch(text, (words) => {
    clearTimeout(timer)
    const trimmed = words.trim()
    if (trimmed.length < LEAST_CHARACTERS) {
      guesses.value = []
      return
    }
    timer = setTimeout(() => void guess(trimmed), WAIT_MS)
  }, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))

  return { guesses }
}

/** The public catalogue, read when the first question about a matter comes up. */
export function useCatalogue(client: Client) {
  const matters = shallowRef<ReadonlyMap<string, PublicMatter>>(new Map())
  let asked = false

  async function open(): Promise<void> {
    if (asked) return
    asked = true
    try {
      const { categories } = await client.publicMatters()
      matters.value = new Map(categories.flatMap((category) => category.matters.map((matter) => [matter.code, matter])))
    } catch {
      asked = false
    }
  }

  return { matters, open }
}
