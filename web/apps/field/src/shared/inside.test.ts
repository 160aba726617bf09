import { describe, expect, it } from 'vitest'
import { isInside } from './inside'

const square = (w: number, s: number, side: number) => [[w, s], [w + side, s], [w + side, s + side], [w, s + side], [w, s]]

describe('whether a place lies in the own grid', () => {
  it('is told by its shape, holes and parts counted', () => {
    const ring: GeoJSON.Geometry = { type: 'Polygon', coordinates: [square(0, 0, 10), square(4, 4, 2)] }
    expect(isInside(ring, 1, 1)).toBe(true)
    expect(isInside(ring, 5, 5)).toBe(false)
    expect(isInside(ring, 11, 1)).toBe(false)
    expect(isInside({ type: 'MultiPolygon', coordinates: [[square(0, 0, 1)], [square(5, 5, 1)]] }, 5.5, 5.5)).toBe(true)
  })
  it('is no where there is no shape', () => expect(isInside(null, 1, 1)).toBe(false))
})
