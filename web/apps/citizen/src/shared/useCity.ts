import type { City } from '@gridwork/api'
import { setServerNow } from '@gridwork/i18n'
import { shallowRef } from 'vue'
import { client } from '../face'

const city = shallowRef<City | null>(null)
let asked: Promise<void> | null = null

async function read(): Promise<void> {
  try {
    const answer = await client.city()
    city.value = answer
    if (answer.test_clock) setServerNow((await client.testClock()).now)
  } catch {
    // Without the city there is no map; everything else works. The next page asks again.
    asked = null
  }
}

/** The city this face serves, read once. */
export function useCity() {
  asked ??= read()
  return { city }
}
