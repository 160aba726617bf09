import type { GridDrawn, LonLat } from '@gridwork/api'
import { describe, expect, it } from 'vitest'
import { handlesOf, nearestVertex, withMoved } from './shapes'

const ring = (points: LonLat[]): GeoJSON.Polygon => ({ type: 'Polygon', coordinates: [[...points, points[0] ?? [0, 0]]] })
const outline = ring([[0, 0], [1, 0], [2, 0], [2, 1], [1, 1], [0, 1]])
const grid = (polygon: GeoJSON.Polygon): GridDrawn => ({
  id: 'a', code: null, name: '', kind: 'basic', dedicated_kind: null, community: '1', area_m2: 1, status: 'same', polygon,
})
const west = grid(ring([[0, 0], [1, 0], [1, 1], [0, 1]]))

describe('handles of a border', () => {
  it('are its vertices, and a middle only where the community ends not', () => {
    const handles = handlesOf(west, outline)
    expect(handles.filter((h) => !h.edge)).toHaveLength(4)
    expect(handles.every((h) => h.fixed || h.edge)).toBe(true)
    expect(handles.filter((h) => h.edge).map((h) => h.at)).toEqual([[1, 0.5]])
  })
  it('move a vertex, or put one into the edge', () => {
    const middle = handlesOf(west, outline).find((h) => h.edge)
    if (!middle) throw new Error('no middle')
    expect(withMoved(west.polygon, middle, [1.2, 0.5]).coordinates[0]).toContainEqual([1.2, 0.5])
    const east = ring([[1, 1], [1, 0], [2, 0], [2, 1]])
    expect(withMoved(east, middle, [1.2, 0.5]).coordinates[0]?.[1]).toEqual([1.2, 0.5])
  })
})

describe('snapping', () => {
  it('takes the nearest vertex within reach', () => {
    const community = { code: '1', name: '', outline, grids: [west], faults: [] }
    expect(nearestVertex([community], [0.99, 0.02], 0.1)).toEqual([1, 0])
    expect(nearestVertex([community], [0.5, 0.5], 0.1)).toBeUndefined()
  })
})
