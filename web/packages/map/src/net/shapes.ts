import type { CommunityDrawn, GridDrawn, LonLat, NetFault } from '@gridwork/api'

/** A vertex of a border, or the middle of an edge where one can be put in. */
export interface Handle {
  at: LonLat
  /** For the middle of an edge: its ends. */
  edge: [LonLat, LonLat] | null
  /** Of the community's own border: it stands fixed. */
  fixed: boolean
}

const key = ([lon, lat]: LonLat): string => `${lon.toFixed(7)},${lat.toFixed(7)}`
export const same = (a: LonLat, b: LonLat): boolean => key(a) === key(b)

const pair = (p: GeoJSON.Position): LonLat => [p[0] ?? 0, p[1] ?? 0]
const rings = (polygon: GeoJSON.Polygon): LonLat[][] => polygon.coordinates.map((ring) => ring.slice(0, -1).map(pair))

/** Vertices of a grid in the order of its border, each followed by the middle of the edge behind it. */
export function handlesOf(grid: GridDrawn, outline: GeoJSON.Polygon): Handle[] {
  const fixed = new Set(grid.kind === 'basic' ? rings(outline).flat().map(key) : [])
  const edges = new Set<string>()
  if (grid.kind === 'basic') {
    for (const ring of rings(outline)) ring.forEach((a, i) => {
      const b = ring[(i + 1) % ring.length] ?? a
      edges.add(`${key(a)} ${key(b)}`)
      edges.add(`${key(b)} ${key(a)}`)
    })
  }
  return rings(grid.polygon).flatMap((ring) => ring.flatMap((a, i): Handle[] => {
    const b = ring[(i + 1) % ring.length] ?? a
    const vertex: Handle = { at: a, edge: null, fixed: fixed.has(key(a)) }
    if (edges.has(`${key(a)} ${key(b)}`)) return [vertex]
    return [vertex, { at: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], edge: [a, b], fixed: false }]
  }))
}

/** A polygon with a handle moved: the vertex itself, or a new one in its edge. */
export function withMoved(polygon: GeoJSON.Polygon, handle: Handle, to: LonLat): GeoJSON.Polygon {
  const moved = polygon.coordinates.map((ring) => ring.flatMap((p, i) => {
    const at = pair(p)
    if (!handle.edge) return [same(at, handle.at) ? to : at]
    const next = ring[i + 1]
    const [a, b] = handle.edge
    const on = next !== undefined && ((same(at, a) && same(pair(next), b)) || (same(at, b) && same(pair(next), a)))
    return on ? [at, to] : [at]
  }))
  return { type: 'Polygon', coordinates: moved }
}

type Shapes = GeoJSON.FeatureCollection
const shapes = (features: GeoJSON.Feature[]): Shapes => ({ type: 'FeatureCollection', features })
export const EMPTY: Shapes = shapes([])

export function gridShapes(community: CommunityDrawn | null, selected: readonly string[]): Shapes {
  return shapes((community?.grids ?? []).map((grid) => ({
    type: 'Feature', geometry: grid.polygon,
    properties: { id: grid.id, kind: grid.kind, status: grid.status, name: grid.name, on: selected.includes(grid.id) },
  })))
}

export function aroundShapes(around: readonly CommunityDrawn[]): Shapes {
  return shapes(around.flatMap((c) => c.grids.filter((g) => g.kind === 'basic').map((grid): GeoJSON.Feature => (
    { type: 'Feature', geometry: grid.polygon, properties: { id: grid.id } }
  ))))
}

export function faultShapes(faults: readonly NetFault[], chosen: string | null): Shapes {
  return shapes(faults.flatMap((f): GeoJSON.Feature[] => {
    const properties = { id: f.id, on: f.id === chosen }
    const point: GeoJSON.Feature[] = f.at ? [{ type: 'Feature', geometry: { type: 'Point', coordinates: f.at }, properties }] : []
    return f.geometry ? [{ type: 'Feature', geometry: f.geometry, properties }, ...point] : point
  }))
}

export function handleShapes(handles: readonly Handle[], chosen: number): Shapes {
  return shapes(handles.map((h, n) => ({
    type: 'Feature', geometry: { type: 'Point', coordinates: h.at },
    properties: { n, middle: h.edge !== null, fixed: h.fixed, on: n === chosen },
  })))
}

export function lineShape(points: readonly LonLat[], closed: boolean): Shapes {
  if (points.length === 0) return EMPTY
  const first = points[0]
  const line = closed && first && points.length > 2 ? [...points, first] : [...points]
  const dots = points.map((p): GeoJSON.Feature => ({ type: 'Feature', geometry: { type: 'Point', coordinates: p }, properties: {} }))
  return shapes([...(line.length > 1 ? [{ type: 'Feature' as const, geometry: { type: 'LineString' as const, coordinates: line }, properties: {} }] : []), ...dots])
}

/** The vertex of the community's grids nearest to a place, if it lies within `reach` degrees of latitude. */
export function nearestVertex(communities: readonly CommunityDrawn[], at: LonLat, reach: number): LonLat | undefined {
  const k = Math.cos((at[1] * Math.PI) / 180)
  let best: LonLat | undefined
  let least = reach
  for (const community of communities) {
    for (const grid of community.grids) {
      for (const v of rings(grid.polygon).flat()) {
        const far = Math.hypot((v[0] - at[0]) * k, v[1] - at[1])
        if (far < least) {
          least = far
          best = v
        }
      }
    }
  }
  return best
}
