import type { Level, LiveCase, LonLat, Stage } from '@gridwork/api'
import { token } from '@gridwork/ui'
import type { ExpressionSpecification } from 'maplibre-gl'

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

/** Grids drawn in one colour, by the token's name: code, longitude, latitude. */
export interface Tint { colour: string; grids: readonly (readonly [code: string, lon: number, lat: number])[] }

export function tintCollection(tints: readonly Tint[]): GeoJSON.FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: tints.flatMap(({ colour, grids }) => {
      const painted = token(colour)
      return grids.map(([code, lon, lat]): GeoJSON.Feature => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties: { code, colour: painted } }))
    }),
  }
}

const CLEAR = 'rgba(0, 0, 0, 0)'

/** The colour of a grid by its code. */
export function tintExpression(tints: readonly Tint[]): ExpressionSpecification | string {
  let drawn: ExpressionSpecification | string = CLEAR
  for (const { colour, grids } of tints) {
    if (grids.length > 0) drawn = ['match', ['get', 'code'], grids.map(([code]) => code), faint(token(colour)), drawn]
  }
  return drawn
}

/** `#rrggbb` half through. */
function faint(colour: string): string {
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}8c` : colour
}
