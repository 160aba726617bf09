import { describe, expect, it } from 'vitest'
import { blank, body, lacking, type Field } from './fields'

const FIELDS: Field[] = [
  { name: 'title', label: '', kind: 'text' },
  { name: 'note', label: '', kind: 'long', optional: true },
  { name: 'places', label: '', kind: 'number' },
  { name: 'grids', label: '', kind: 'grids' },
  { name: 'until', label: '', kind: 'moment' },
]

describe('a form in a dialog', () => {
  it('names what is still needed', () => {
    expect(lacking(FIELDS, blank(FIELDS))).toEqual(['title', 'places', 'grids', 'until'])
    expect(lacking(FIELDS, { title: 'a', places: '1', grids: ['g'], until: '2026-03-01T08:30' })).toEqual([])
  })
  it('sends numbers as numbers and moments in the city’s zone, and leaves empty fields out', () => {
    expect(body(FIELDS, { title: ' a ', note: '', places: '2', grids: ['g'], until: '2026-03-01T08:30' })).toEqual({
      title: 'a', places: 2, grids: ['g'], until: '2026-03-01T08:30:00+08:00',
    })
  })
})
