import type { Client, LonLat, Place } from '@gridwork/api'
import { onScopeDispose, shallowRef } from 'vue'
import type { DraftPlace } from './draft'

const WAIT_MS = 300

/** Names the place of a point, and points for a place's name. */
export function usePlace(client: Client, placed: (place: DraftPlace) => void) {
  const found = shallowRef<Place[]>([])
  const searching = shallowRef(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | null = null

  /** Sets the point at once, and its name when the server has answered. */
  async function point([lon, lat]: LonLat, words = ''): Promise<void> {
    placed({ lon, lat, text: words, inside: true })
    try {
      const located = await client.locate(lon, lat)
      placed({ lon, lat, text: located.text, inside: located.inside })
    } catch {
      // The point alone is enough to send; the server locates it again.
    }
  }

  async function search(words: string): Promise<void> {
    asking?.abort()
    asking = new AbortController()
    try {
      found.value = (await client.places(words, 6, asking.signal)).places
    } catch {
      found.value = []
    } finally {
      searching.value = false
    }
  }

  function type(words: string): void {
    clearTimeout(timer)
    if (words.trim().length < 2) {
      found.value = []
      searching.value = false
      return
    }
    searching.value = true
    timer = setTimeout(() => void search(words.trim()), WAIT_MS)
  }

  function choose(place: Place): void {
    found.value = []
    void point([place.lon, place.lat], place.text)
  }

  onScopeDispose(() => {
    clearTimeout(timer)
    asking?.abort()
  })
  return { found, searching, point, type, choose }
}
