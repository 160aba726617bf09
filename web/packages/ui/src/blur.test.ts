import { expect, it } from 'vitest'
import { boxBetween } from './blur'

it('a box is kept inside the picture, whichever corner comes first', () => {
  expect(boxBetween([0.9, 0.8], [1.4, -0.2])).toEqual([0.9, 0, 0.1, 0.8])
})

it('a touch is no box', () => {
  expect(boxBetween([0.5, 0.5], [0.505, 0.9])).toBeNull()
})
