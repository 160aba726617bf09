import type { Matter } from '@gridwork/api'
import { describe, expect, it } from 'vitest'
import { answerWords } from './answers'

// Only what the words need.
const matter = { questions: [{ code: 'lamps', description_zh: '几盏不亮？', values: [{ key: 'one', name_zh: '一盏' }, { key: 'row', name_zh: '一排' }] }] } as unknown as Matter
const said = (thing: object | undefined, stem: string): string => String((thing && Reflect.get(thing, `${stem}_zh`)) ?? '')
const named = (thing: { name_zh: string } | undefined): string => thing?.name_zh ?? ''

describe('the answers of a reporter', () => {
  it('are shown by the names of question and answer', () => {
    expect(answerWords({ lamps: 'one' }, matter, said, named)).toEqual([['几盏不亮？', '一盏']])
    expect(answerWords({ lamps: 'one,row' }, matter, said, named)).toEqual([['几盏不亮？', '一盏 · 一排']])
  })
  it('stay as they are where the list does not know them', () => {
    expect(answerWords({ other: '3 号楼' }, matter, said, named)).toEqual([['other', '3 号楼']])
    expect(answerWords({ lamps: 'one' }, null, said, named)).toEqual([['lamps', 'one']])
  })
})
