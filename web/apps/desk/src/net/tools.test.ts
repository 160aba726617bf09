import { describe, expect, it } from 'vitest'
import { polygonOf } from './tools'

describe('a drawn ring', () => {
  it('is closed once', () => {
    const open = polygonOf([[0, 0], [1, 0], [1, 1]])
    expect(open?.coordinates[0]).toEqual([[0, 0], [1, 0], [1, 1], [0, 0]])
    expect(polygonOf([[0, 0], [1, 0], [1, 1], [0, 0]])).toEqual(open)
  })
  it('has three places at least', () => {
    expect(polygonOf([[0, 0], [1, 0]])).toBeNull()
    expect(polygonOf([[0, 0], [1, 0], [0, 0]])).toBeNull()
    expect(polygonOf([])).toBeNull()
  })
})
