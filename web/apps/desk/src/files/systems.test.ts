import { expect, test } from 'vitest'
import { likelyMeridians, MERIDIANS } from './systems'

test('the likeliest meridian is the nearest', () => {
  expect(likelyMeridians(119.97)[0]).toBe(120)
  expect(likelyMeridians(119.97)).toHaveLength(3)
  expect(MERIDIANS[0]).toBe(75)
  expect(MERIDIANS.at(-1)).toBe(135)
})
