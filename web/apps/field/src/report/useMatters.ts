import type { Category, Client, MatterName } from '@gridwork/api'
import { onScopeDispose, shallowRef, watch } from 'vue'
import { guessHere } from './guess'

const WAIT_MS = 350
const LEAST_CHARACTERS = 2

/** Three guesses at the matter while the words are typed: the server's, or this device's own when it cannot be asked. */
export function useGuesses(client: Pick<Client, 'suggestMatter'>, text: () => string, catalogue: () => readonly Category[]) {
  const guesses = shallowRef<MatterName[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined
  let round = 0

  async function guess(words: string): Promise<void> {
    round += 1
    const mine = round
    let found: MatterName[]
    try {
      found = (await client.suggestMatter(words)).suggestions.slice(0, 3)
    } catch {
      found = guessHere(words, catalogue())
    }
    if (mine === round) guesses.value = found
  }

  watch(text, (words) => {
    clearTimeout(timer)
    const said = words.trim()
    if (said.length < LEAST_CHARACTERS) {
      round += 1
      guesses.value = []
      return
    }
    timer = setTimeout(() => void guess(said), WAIT_MS)
  }, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))
  return { guesses }
}
