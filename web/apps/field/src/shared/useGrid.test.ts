import { describe, expect, it } from 'vitest'
import { boxAround } from './useGrid'

describe('what the map shows', () => {
  it('is the box around the grid, or around the tasks where there is none', () => {
    expect(boxAround({ type: 'Polygon', coordinates: [[[1, 2], [3, 2], [3, 5], [1, 2]]] }, [])).toEqual([1, 2, 3, 5])
    expect(boxAround({ type: 'MultiPolygon', coordinates: [[[[1, 2], [3, 2], [1, 2]]], [[[7, 9], [8, 9], [7, 9]]]] }, [])).toEqual([1, 2, 8, 9])
    expect(boxAround(null, [{ lon: 1, lat: 2 }, { lon: 0, lat: 3 }])).toEqual([-0.004, 1.996, 1.004, 3.004])
    expect(boxAround(null, [])).toBeNull()
  })
})
