import { describe, expect, it } from 'vitest'
import { answersTo, askedOf } from './questions'

const questions = [{ code: 'hurt' }, { code: 'how_many', when: { question: 'hurt', equals: ['yes', 'unknown'] } }]

describe('questions bound to others', () => {
  it('are asked only when the other is answered so', () => {
    const codes = (answers: Record<string, string>) => askedOf(questions, answers).map((q) => q.code)
    expect(codes({})).toEqual(['hurt'])
    expect(codes({ hurt: 'no' })).toEqual(['hurt'])
    expect(codes({ hurt: 'no,yes' })).toEqual(['hurt', 'how_many'])
  })
  it('leave no answer behind when they are not asked any more', () => {
    expect(answersTo(questions, { hurt: 'no', how_many: '2', of_another_matter: 'x' })).toEqual({ hurt: 'no' })
    expect(answersTo(questions, { hurt: 'yes', how_many: ' ' })).toEqual({ hurt: 'yes' })
  })
})
