import { describe, expect, it } from 'vitest'
import { moved } from './blurKeys'

describe('a blurred area by keyboard', () => {
  it('moves by arrows and stops at the edge', () => {
    expect(moved([0.5, 0.5, 0.2, 0.2], 'ArrowLeft', false)).toEqual([0.48, 0.5, 0.2, 0.2])
    expect(moved([0.01, 0.5, 0.2, 0.2], 'ArrowLeft', false)).toEqual([0, 0.5, 0.2, 0.2])
    expect(moved([0.8, 0.5, 0.2, 0.2], 'ArrowRight', false)).toEqual([0.8, 0.5, 0.2, 0.2])
  })
  it('grows and shrinks with Shift, never to nothing', () => {
    expect(moved([0.5, 0.5, 0.2, 0.2], 'ArrowDown', true)).toEqual([0.5, 0.5, 0.2, 0.22])
    expect(moved([0.5, 0.5, 0.05, 0.2], 'ArrowLeft', true)).toEqual([0.5, 0.5, 0.04, 0.2])
  })
  it('leaves other keys alone', () => {
    expect(moved([0, 0, 0.1, 0.1], 'Tab', false)).toBeNull()
  })
})
