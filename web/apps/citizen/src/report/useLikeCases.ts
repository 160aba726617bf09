import type { Client, NearbyCase } from '@gridwork/api'
import { onScopeDispose, shallowRef, watch } from 'vue'
import type { Draft } from './draft'

const WAIT_MS = 700
const MOST = 3

/** Open reports near by that may be the same thing, asked once place and words are there. */
export function useLikeCases(client: Client, draft: () => Draft) {
  const alike = shallowRef<NearbyCase[]>([])
  const dismissed = shallowRef<ReadonlySet<string>>(new Set())
  let timer: ReturnType<typeof setTimeout> | undefined
  let round = 0

  async function look(now: Draft): Promise<void> {
    round += 1
    const mine = round
    if (!now.place || (now.text.trim().length < 2 && now.matter === null)) {
      alike.value = []
      return
    }
    try {
      const media = now.photos.find((photo) => photo.mediaId !== null)?.mediaId ?? null
      const matter = now.noneFits ? null : now.matter
      const { cases } = await client.nearby({ lon: now.place.lon, lat: now.place.lat, matter, text: now.text.trim(), media })
      if (mine === round) alike.value = cases.filter((one) => !dismissed.value.has(one.id)).slice(0, MOST)
    } catch {
      // Not knowing of a like report never keeps anybody from sending.
    }
  }

  watch(() => {
    const { place, matter, noneFits, text } = draft()
    return [place?.lon, place?.lat, matter, noneFits, text.trim()].join('|')
  }, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void look(draft()), WAIT_MS)
  }, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))

  /** "No, mine is another": these are not shown again for this report. */
  function dismiss(): void {
    dismissed.value = new Set([...dismissed.value, ...alike.value.map((one) => one.id)])
    alike.value = []
  }

  return { alike, dismiss }
}
