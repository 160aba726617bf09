import { localPhoto } from '@gridwork/ui/phone'
import { describe, expect, it } from 'vitest'
import { askedFor, commandOf, gaps, WAYS, wayBody, wayReady, type Asked, type Filled, type Need } from './forms'

const photo: Asked = { after: true, told: [], document: false, video: false }
const nothing: Filled = { text: '', photos: [], told: {}, verdict: null }
const picture = (purpose: 'after' | 'near') => localPhoto(new File(['x'], 'a.jpg', { type: 'image/jpeg' }), purpose)
const way = (command: string) => {
  const found = WAYS.find((one) => one.command === command)
  if (!found) throw new Error(command)
  return found
}

describe('what a form asks', () => {
  const needs: Need[] = [
    { token: 'photo_near', have: true, when: 'report' }, { token: 'photo_after', have: false, when: 'handle' },
    { token: 'measurement', have: false, when: 'handle' }, { token: 'document', have: true, when: 'handle' }, { token: 'video', have: false, when: 'handle' },
  ]
  it('is what the matter wants, anew with every result', () => {
    expect(askedFor(needs)).toEqual({ after: true, told: ['measurement'], document: true, video: true })
  })
  it('of a result is words and the picture afterwards; of a check, a verdict', () => {
    expect(gaps('handle', photo, nothing)).toEqual(['after', 'words'])
    expect(gaps('handle', photo, { ...nothing, text: '换好了', photos: [picture('near')] })).toEqual(['after'])
    expect(gaps('handle', photo, { ...nothing, text: '换好了', photos: [picture('after')] })).toEqual([])
    expect(gaps('verify', photo, nothing)).toEqual(['verdict'])
    expect(gaps('verify', photo, { ...nothing, verdict: 'fail' })).toEqual(['words'])
    expect(gaps('verify', photo, { ...nothing, verdict: 'pass' })).toEqual([])
    expect(gaps('make_safe', photo, nothing)).toEqual([])
    const asked: Asked = { after: false, told: ['measurement'], document: true, video: true }
    expect(gaps('handle', asked, { ...nothing, text: '好' })).toEqual(['told', 'document', 'video'])
    expect(gaps('handle', asked, { ...nothing, text: '好', told: { measurement: '3 m', document: '第 8 号' } })).toEqual(['video'])
  })
})

describe('what is kept', () => {
  it('is the command with its body', () => {
    expect(commandOf('handle', { ...nothing, text: ' 换好了 ', told: { measurement: '1.2 m', consent: ' ' } }, null))
      .toEqual({ command: 'handle', body: { text: '换好了', evidence: { measurement: '1.2 m' } } })
    expect(commandOf('verify', { ...nothing, verdict: 'pass' }, null)).toEqual({ command: 'pass', body: { text: '' } })
    expect(commandOf('finish_sub_task', { ...nothing, text: '好' }, { id: 's' })).toEqual({ command: 'finish_sub_task', body: { sub_task: 's', text: '好' } })
  })
  it('of another way on holds reason, clause and time as the rule wants them', () => {
    const filled = { reason: 'wrong_unit', clause: ' 第 12 条 ', hours: 8, days: 7, text: '不归我们' }
    expect(wayBody(way('return'), filled, null, 0)).toEqual({ note: '不归我们', reason: 'wrong_unit', clause: '第 12 条' })
    expect(wayBody(way('request_extend'), filled, null, 0)).toEqual({ reason: '不归我们', hours: 8 })
    expect(wayBody(way('request_suspend'), filled, null, 0)).toEqual({ note: '不归我们', reason: 'wrong_unit', until: '1970-01-08T00:00:00.000Z' })
    expect(wayBody(way('note'), filled, null, 0)).toEqual({ text: '不归我们', public: false })
    expect(wayReady(way('return'), { ...filled, clause: ' ' })).toBe(false)
    expect(wayReady(way('return'), filled)).toBe(true)
    expect(wayReady(way('note'), { ...filled, text: '' })).toBe(false)
  })
})
