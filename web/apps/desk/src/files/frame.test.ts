import { expect, test } from 'vitest'
import { frameOf } from './frame'

const feature = (geometry: GeoJSON.Geometry): GeoJSON.Feature => ({ type: 'Feature', properties: {}, geometry })

test('the frame holds every area and point', () => {
  const square = feature({ type: 'Polygon', coordinates: [[[1, 2], [3, 2], [3, 4], [1, 4], [1, 2]]] })
  expect(frameOf([square, feature({ type: 'Point', coordinates: [7, -1] })])).toEqual([1, -1, 7, 4])
  expect(frameOf([])).toBeNull()
})
