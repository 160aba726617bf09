import type { Level, LiveCase, LonLat, Stage } from '@gridwork/api'

/** A thing of the face's own on the map: a case near by, a task. */
export interface Mark {
  id: string
  lon: number
  lat: number
  stage: Stage
  level?: Level
  /** A number or letter drawn beside it, the same as in the list. */
  label?: string
}

export interface MapView {
  bounds: [west: number, south: number, east: number, north: number]
  center: LonLat
  zoom: number
}

export interface GridClick { code: string; name: string; lon: number; lat: number }

type Properties = { id: string; stage: Stage; level: Level; label: string }
export type MarkCollection = GeoJSON.FeatureCollection<GeoJSON.Point, Properties>

function point(lon: number, lat: number, properties: Properties): GeoJSON.Feature<GeoJSON.Point, Properties> {
  return { type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties }
}

export function markCollection(marks: readonly Mark[]): MarkCollection {
  return {
    type: 'FeatureCollection',
    features: marks.map((mark) =>
      point(mark.lon, mark.lat, { id: mark.id, stage: mark.stage, level: mark.level ?? 'none', label: mark.label ?? '' })),
  }
}

/** Stages that are no longer drawn as live. */
const OVER: ReadonlySet<Stage> = new Set(['closed', 'archived', 'declined', 'merged', 'voided'])

/** The changed cases that lie over the tiles: those still live and with a place. */
export function changeCollection(changes: Iterable<LiveCase>): MarkCollection {
  const features = []
  for (const c of changes) {
    if (c.lon === null || c.lat === null || OVER.has(c.stage)) continue
    features.push(point(c.lon, c.lat, { id: c.id, stage: c.stage, level: c.level, label: '' }))
  }
  return { type: 'FeatureCollection', features }
}
