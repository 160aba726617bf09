import type { Bounds } from '@gridwork/api'
import { api } from './api'
import { session } from './session'

/** The frame of the area now looked at; `null` when it cannot be told. */
export async function areaBounds(): Promise<Bounds | null> {
  const { area, me, city } = session
  if (!area || !me || !city) return null
  if (area.bounds) return area.bounds
  const parent = me.area.path.at(-2)?.code
  if (parent === undefined) return city.bounds
  const { divisions } = await api.divisions(parent).catch(() => ({ divisions: [] }))
  const bounds = divisions.find((division) => division.code === area.code)?.bounds ?? null
  if (bounds && session.area?.code === area.code) session.area.bounds = bounds
  return bounds
}

/** The frame of a shape, whatever its depth of rings. */
export function shapeBounds(shape: GeoJSON.Polygon | GeoJSON.MultiPolygon): Bounds {
  const points = (shape.type === 'Polygon' ? shape.coordinates : shape.coordinates.flat()).flat()
  const frame: Bounds = [180, 90, -180, -90]
  for (const [lon = 0, lat = 0] of points) {
    frame[0] = Math.min(frame[0], lon)
    frame[1] = Math.min(frame[1], lat)
    frame[2] = Math.max(frame[2], lon)
    frame[3] = Math.max(frame[3], lat)
  }
  return frame
}
