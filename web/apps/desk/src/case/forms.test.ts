import { CASES, page } from '@gridwork/mock'
import type { CaseDetail } from '@gridwork/api'
import { describe, expect, it } from 'vitest'
import { bodyOf, entriesOf, firstValues, FORMS, missing, needsNothing } from './forms'
import { stations } from './steps'

const shown = (more: Partial<CaseDetail> = {}): CaseDetail => {
  const [row] = CASES
  if (!row) return expect.fail('the demonstration has no cases')
  return { ...page(row).case, ...more }
}
const asked = { id: 'r1', kind: 'extend' as const, by: null, at: '', reason: null, until: null, state: 'open' as const }

describe('the form of a command', () => {
  it('sends at once what asks nothing', () => {
    expect(needsNothing('sign', shown())).toBe(true)
    expect(needsNothing('decline', shown())).toBe(false)
  })

  it('knows the only open request by itself, but not which of two', () => {
    expect(firstValues(entriesOf('approve_extend', shown()), shown({ requests: [asked] }))).toEqual({ request: 'r1' })
    expect(needsNothing('approve_extend', shown({ requests: [asked] }))).toBe(true)
    expect(needsNothing('approve_extend', shown({ requests: [asked, { ...asked, id: 'r2' }] }))).toBe(false)
  })

  it('asks for the evidence the matter still lacks', () => {
    const c = shown({ evidence_needed: [{ token: 'measurement', have: false, when: 'handle' }, { token: 'call', have: true, when: 'handle' }] })
    expect(entriesOf('handle', c).map((entry) => entry.name)).toEqual(['text', 'media', 'measurement'])
  })

  it('names what is required and empty', () => {
    expect(missing(entriesOf('return', shown()), { reason: 'wrong_unit', clause: '' })).toEqual(['clause'])
  })

  it('writes a place as two numbers and words without edges', () => {
    expect(bodyOf(FORMS['place'] ?? [], { place: [119.9, 31.7], place_text: ' 南门 ' })).toEqual({ lon: 119.9, lat: 31.7, place_text: '南门' })
    expect(bodyOf(FORMS['return'] ?? [], { reason: 'wrong_unit', clause: '12' })).toEqual({ reason: 'wrong_unit', clause: '12', suggested_org: null, note: '' })
  })
})

describe('the road of a case', () => {
  it('shows where it stands and when it passed', () => {
    const row = CASES.find((c) => c.stage === 'returned') ?? expect.fail('no returned case')
    expect(stations(page(row)).map((s) => s.state)).toEqual(['done', 'done', 'now', 'next', 'next', 'next', 'next'])
    expect(stations(page(row))[0]?.at).toBe(row.reported_at)
  })
})
