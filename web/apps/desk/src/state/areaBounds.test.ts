import { expect, it } from 'vitest'
import { shapeBounds } from './areaBounds'

it('frames a shape of one part or several', () => {
  expect(shapeBounds({ type: 'Polygon', coordinates: [[[1, 2], [3, 2], [3, 5], [1, 2]]] })).toEqual([1, 2, 3, 5])
  expect(shapeBounds({ type: 'MultiPolygon', coordinates: [[[[1, 2], [3, 2], [3, 5], [1, 2]]], [[[-4, 0], [0, 0], [0, 9], [-4, 0]]]] })).toEqual([-4, 0, 3, 9])
})
