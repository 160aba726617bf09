import type { Bounds, Grid } from '@gridwork/api'
import { computed, shallowRef, watch } from 'vue'
import { client } from '../face'
import { keptShelf } from './useKept'

function isGrid(thing: unknown): thing is Grid {
  return typeof thing === 'object' && thing !== null && 'polygon' in thing
}

/** The shape of the grid that `code` names, from this device at once and renewed once. */
export function useGrid(code: () => string | null) {
  const grid = shallowRef<Grid | null>(null)

  async function read(wanted: string): Promise<void> {
    const key = `grid.${wanted}`
    const kept = await keptShelf.get(key)
    if (kept && isGrid(kept.data) && code() === wanted) grid.value = kept.data
    try {
      const answer = (await client.grid(wanted)).grid
      if (code() === wanted) grid.value = answer
      await keptShelf.put(key, { key, at: Date.now(), data: answer })
    } catch {
      // The map shows the city's grids anyway.
    }
  }

  watch(code, (wanted) => { if (wanted !== null) void read(wanted) }, { immediate: true })
  return { grid, shape: computed<GeoJSON.Geometry | null>(() => grid.value?.polygon ?? null) }
}

/** Shown around places that have no grid, degrees (about 400 m). */
const AROUND_DEG = 0.004

/** The box around a shape, or where there is none around the places; degrees. `null` when there is nothing. */
export function boxAround(shape: GeoJSON.Geometry | null, places: readonly { lon: number; lat: number }[]): Bounds | null {
  const corners = shape?.type === 'Polygon' ? shape.coordinates.flat() : shape?.type === 'MultiPolygon' ? shape.coordinates.flat(2) : []
  const points = corners.length > 0 ? corners.map(([lon = 0, lat = 0]) => ({ lon, lat })) : places
  if (points.length === 0) return null
  const lons = points.map((point) => point.lon)
  const lats = points.map((point) => point.lat)
  const spare = corners.length > 0 ? 0 : AROUND_DEG
  return [Math.min(...lons) - spare, Math.min(...lats) - spare, Math.max(...lons) + spare, Math.max(...lats) + spare]
}
