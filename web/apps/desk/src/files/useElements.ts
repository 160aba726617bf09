import type { Bounds } from '@gridwork/api'
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { api } from '../state/api'
import { ELEMENT_LAYERS } from './systems'

/** From this zoom on single elements say something. */
const FROM_ZOOM = 13

/** City elements of the part of the map that is looked at, while they are to be shown. */
export function useElements() {
  const shown = ref(false)
  const drawn = shallowRef<GeoJSON.FeatureCollection | null>(null)
  let at: { bounds: Bounds; zoom: number } | null = null
  let running: AbortController | null = null

  async function read(): Promise<void> {
    running?.abort()
    if (!shown.value || !at || at.zoom < FROM_ZOOM) {
      drawn.value = null
      return
    }
    const mine = new AbortController()
    running = mine
    const found = await api.elements(at.bounds.map((n) => Number(n.toFixed(5))), ELEMENT_LAYERS, mine.signal).catch(() => null)
    if (!mine.signal.aborted && found) drawn.value = found
  }
  function look(bounds: Bounds, zoom: number): void {
    at = { bounds, zoom }
    void read()
  }
  watch(shown, () => { void read() })
  onScopeDispose(() => running?.abort())
  return { shown, drawn, look }
}
