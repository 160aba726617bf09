import { expect, it } from 'vitest'
import { filterValues, query } from './query'

it('leaves out what is empty and writes lists and truth shortly', () => {
  expect(query({ a: '', b: null, c: undefined, d: false, e: [], f: true, g: ['x', 'y'], h: 0 })).toBe('?f=1&g=x%2Cy&h=0')
  expect(query({ a: null })).toBe('')
})

it('writes every part of a filter', () => {
  expect(query(filterValues({ stage: ['reported', 'accepted'], mine: true, bbox: [119.9, 31.7, 120.1, 31.9] })))
    .toBe('?stage=reported%2Caccepted&mine=1&bbox=119.9%2C31.7%2C120.1%2C31.9')
})
