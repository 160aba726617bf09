import type { CaseFilter } from '@gridwork/api'
import { describe, expect, it } from 'vitest'
import { filterFromQuery, filterText, queryFromFilter, sameView } from './filter'

const FULL: CaseFilter = {
  q: '井盖 & 下水', stage: ['accepted', 'returned'], level: ['red', 'paused'], ask: ['dispatch'], matter: ['M0201', 'M0203'], source: ['call'],
  urgency: ['emergency'], org: '0190a000-0000-7000-8000-000000000001', grid: '3204020010011001', area: '320402001000', from: '2026-11-01', to: '2026-11-24',
  mine: true, supervised: true, sort: '-reported_at',
}

describe('a filter in the address', () => {
  it('comes back as it went', () => {
    expect(filterFromQuery(queryFromFilter(FULL))).toEqual(FULL)
    expect(filterFromQuery(queryFromFilter({}))).toEqual({})
  })

  it('survives being a string', () => {
    const asText = filterText(FULL)
    expect(filterFromQuery(Object.fromEntries(new URLSearchParams(asText)))).toEqual(FULL)
  })

  it('leaves out what it does not know rather than sending it on', () => {
    expect(filterFromQuery({ stage: 'accepted,nonsense', level: 'purple', sort: 'sideways', mine: 'yes', matter: "M1,a'b", view: 'v1' }))
      .toEqual({ stage: ['accepted'], matter: ['M1'] })
  })

  it('takes the first of repeated parts', () => {
    expect(filterFromQuery({ stage: ['closed', 'handling'], q: [null] })).toEqual({ stage: ['closed'] })
  })

  it('does not write the usual order', () => {
    expect(queryFromFilter({ sort: 'due', mine: true })).toEqual({ mine: '1' })
  })

  it('is the same view whatever the order of rows or of stages', () => {
    expect(sameView({ stage: ['returned'] }, { stage: ['returned'], mine: true })).toBe(false)
    expect(sameView(filterFromQuery({ stage: 'returned,in_ruling' }), filterFromQuery({ stage: 'in_ruling,returned', sort: '-updated_at' }))).toBe(true)
  })
})
