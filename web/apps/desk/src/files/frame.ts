import type { Bounds } from '@gridwork/api'

/** The frame of all areas and points together; `null` when there are none. */
export function frameOf(features: readonly GeoJSON.Feature[]): Bounds | null {
  const frame: Bounds = [Infinity, Infinity, -Infinity, -Infinity]
  const add = ([lon = 0, lat = 0]: GeoJSON.Position) => {
    frame[0] = Math.min(frame[0], lon)
    frame[1] = Math.min(frame[1], lat)
    frame[2] = Math.max(frame[2], lon)
    frame[3] = Math.max(frame[3], lat)
  }
  for (const { geometry } of features) {
    if (geometry?.type === 'Point') add(geometry.coordinates)
    else if (geometry?.type === 'Polygon') geometry.coordinates.flat().forEach(add)
    else if (geometry?.type === 'MultiPolygon') geometry.coordinates.flat(2).forEach(add)
  }
  return frame[0] <= frame[2] ? frame : null
}
