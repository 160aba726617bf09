import { STAGES } from '@gridwork/api'
import { describe, expect, it } from 'vitest'
import zh from '../../../../packages/i18n/locales/citizen.zh-CN.json'
import en from '../../../../packages/i18n/locales/citizen.en.json'
import { headline, shownSteps, stageInPlainWords, stepStates, tidyCode } from './stepWords'

const steps = (done: boolean[]) => done.map((is, n) => ({
  step: n + 1, title_zh: '', title_en: '', at: null, done: is, note_zh: null, note_en: null,
}))

describe('the four steps', () => {
  it.each([
    ['reported', 1, [false, false, false, false], ['now', 'todo', 'todo', 'todo']],
    ['handling', 2, [true, false, false, false], ['done', 'now', 'todo', 'todo']],
    ['verifying', 3, [true, true, false, false], ['done', 'done', 'now', 'todo']],
    ['confirming', 4, [true, true, true, false], ['done', 'done', 'done', 'now']],
    ['closed', 4, [true, true, true, true], ['done', 'done', 'done', 'done']],
    ['archived', 4, [true, true, true, false], ['done', 'done', 'done', 'done']],
  ] as const)('of a case that is %s', (stage, step, done, states) => {
    expect(stepStates({ stage, step, steps: steps([...done]) })).toEqual(states)
  })

  it('of a case that was cut short leave out what never happened', () => {
    const went = steps([true, true, true, true]).map((step) => ({ ...step, at: step.step === 1 || step.step === 4 ? '2026-11-24T00:00:00Z' : null }))
    expect(shownSteps({ stage: 'declined', step: 4, steps: went }).map(({ number, state }) => [number, state])).toEqual([[1, 'done'], [2, 'ended']])
    expect(shownSteps({ stage: 'closed', step: 4, steps: went }).map((one) => one.state)).toEqual(['done', 'done', 'done', 'done'])
  })

  it('has words in both languages for every stage', () => {
    for (const stage of STAGES) {
      const key = stageInPlainWords(stage)
      const large = `citizen.headline.${headline({ stage, question: null })}`
      for (const messages of [zh, en]) expect(Object.keys(messages)).toEqual(expect.arrayContaining([key, large]))
    }
  })

  it('asks first when a question waits, but not after the end', () => {
    const question = { text: '几号楼？', asked_at: '2026-11-24T00:00:00Z', answer_by: null }
    expect(headline({ stage: 'accepted', question })).toBe('question')
    expect(headline({ stage: 'closed', question })).toBe('closed')
  })
})

describe('a progress code', () => {
  it('is read however it was typed', () => {
    expect(tidyCode('abcd efgh 2345')).toBe('ABCD-EFGH-2345')
    expect(tidyCode('https://city.example/p/ABCD-EFGH-2345')).toBe('ABCD-EFGH-2345')
    expect(tidyCode('ABCD-EFGH')).toBeNull()
  })
})
