import type { IconName } from '@gridwork/ui'

export const TOOLS = ['choose', 'border', 'split', 'merge', 'redraw', 'dedicated'] as const
export type Tool = (typeof TOOLS)[number]

/** The key that takes the tool up, and its icon. */
export const TOOL_KEYS: Record<Tool, { key: string; icon: IconName }> = {
  choose: { key: 'v', icon: 'grid' }, border: { key: 'b', icon: 'units' }, split: { key: 's', icon: 'columns' },
  merge: { key: 'm', icon: 'merge' }, redraw: { key: 'r', icon: 'refresh' }, dedicated: { key: 'd', icon: 'star' },
}

/** Kinds of dedicated grids that are offered. */
export const DEDICATED_KINDS = ['school', 'hospital', 'market', 'park', 'bank', 'office', 'factory', 'other'] as const

/** A drawn ring as a GeoJSON polygon; `null` with fewer than three places. */
export function polygonOf(points: readonly (readonly [number, number])[]): GeoJSON.Polygon | null {
  const [first] = points
  const last = points.at(-1)
  if (!first || !last) return null
  const ring = points.map((p): GeoJSON.Position => [p[0], p[1]])
  const closed = first[0] === last[0] && first[1] === last[1]
  if (ring.length - (closed ? 1 : 0) < 3) return null
  return { type: 'Polygon', coordinates: [closed ? ring : [...ring, [first[0], first[1]]]] }
}
