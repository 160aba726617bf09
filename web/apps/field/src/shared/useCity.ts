import type { City } from '@gridwork/api'
import { setServerNow } from '@gridwork/i18n'
import { openShelf } from '@gridwork/ui/phone'
import { shallowRef } from 'vue'
import { client } from '../face'

const shelf = openShelf<City>('city')
const KEY = 'city'
const city = shallowRef<City | null>(null)
let asked: Promise<void> | null = null

async function read(): Promise<void> {
  try {
    const answer = await client.city()
    city.value = answer
    await shelf.put(KEY, answer)
    if (answer.test_clock) setServerNow((await client.testClock()).now)
  } catch {
    city.value ??= (await shelf.get(KEY)) ?? null
    asked = null
  }
}

/** The city this face serves, kept on the device. */
export function useCity() {
  asked ??= read()
  return { city }
}
