import type { Client, LonLat, Place } from '@gridwork/api'
import { onScopeDispose, shallowRef } from 'vue'
import type { DraftPlace } from './draft'

const WAIT_MS = 300

/** Names the grid of a point, and finds points for words. */
export function usePlace(client: Pick<Client, 'locate' | 'places'>, placed: (place: DraftPlace) => void) {
  const found = shallowRef<Place[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | null = null
  let round = 0

  /** Sets the point at once, and its grid when the server has answered. */
  async function point([lon, lat]: LonLat, accuracy_m: number | null = null): Promise<void> {
    round += 1
    const mine = round
    const bare: DraftPlace = { lon, lat, accuracy_m, text: '', grid: null, inside: true }
    placed(bare)
    try {
      const { inside, text, grid, dedicated } = await client.locate(lon, lat)
      if (mine === round) placed({ ...bare, inside, text, grid: dedicated?.code ?? grid?.code ?? null })
    } catch {
      // The point alone is enough; the server locates it when the report arrives.
    }
  }

  function type(words: string): void {
    clearTimeout(timer)
    asking?.abort()
    if (words.trim().length < 2) {
      found.value = []
      return
    }
    timer = setTimeout(async () => {
      asking = new AbortController()
      try {
        found.value = (await client.places(words.trim(), 6, asking.signal)).places
      } catch {
        found.value = []
      }
    }, WAIT_MS)
  }

  onScopeDispose(() => {
    clearTimeout(timer)
    asking?.abort()
  })
  return { found, point, type, forget: () => { found.value = [] } }
}
