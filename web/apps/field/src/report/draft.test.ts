import type { Matter } from '@gridwork/api'
import { localPhoto, memoryShelf } from '@gridwork/ui/phone'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { asReport, doneAtOnce, emptyDraft, gaps, picturesAsked, picturesMissing, type Draft, type DraftPlace } from './draft'
import { useDraft } from './useDraft'

// Only what a report looks at.
const matter = { code: 'M0201', evidence: ['photo_near', 'photo_far', 'gps', 'photo_after'] } as Matter
const place: DraftPlace = { lon: 119.9, lat: 31.8, accuracy_m: 8, text: '', grid: 'G', inside: true }
const picture = (purpose: 'near' | 'after') => localPhoto(new File(['x'], 'a.jpg', { type: 'image/jpeg' }), purpose)

describe('a report', () => {
  it('needs words or a matter, and a place or an address; never a picture', () => {
    expect(gaps(emptyDraft(), null)).toEqual(['what', 'place'])
    expect(gaps({ ...emptyDraft(), text: '井盖', placeText: '采菱路' }, null)).toEqual([])
    expect(gaps({ ...emptyDraft(), matter: 'M0201', place }, matter)).toEqual([])
    expect(picturesAsked(matter)).toEqual(['photo_near', 'photo_far'])
    expect(picturesMissing({ ...emptyDraft(), photos: [picture('near')] }, matter)).toBe(1)
  })
  it('of what was put right at once needs the picture afterwards and a line', () => {
    const done = { ...emptyDraft(), matter: 'M0201', place, done: true }
    expect(gaps(done, matter)).toEqual(['done_photo', 'done_text'])
    expect(gaps({ ...done, doneText: '扶正了', donePhotos: [picture('after')] }, matter)).toEqual([])
  })
  it('is done in one step only where pictures and words are all the evidence', () => {
    expect(doneAtOnce({ ...matter, self_handle: true })).toBe(true)
    expect(doneAtOnce({ ...matter, self_handle: true, evidence: ['note', 'consent'] })).toBe(false)
    expect(doneAtOnce({ ...matter, self_handle: false })).toBe(false)
  })
  it('with no words speaks by the name of its matter', () => {
    expect(asReport({ ...emptyDraft(), id: 'r', matter: 'M0201', place, placeText: ' ' }, '井盖缺失')).toMatchObject({
      id: 'r', text: '井盖缺失', matter: 'M0201', lon: 119.9, lat: 31.8, place_text: null, source: 'worker' })
  })
})

describe('the draft', () => {
  afterEach(() => vi.useRealTimers())
  it('is taken up again by whoever wrote it, and by nobody else', async () => {
    vi.useFakeTimers()
    const shelf = memoryShelf<Draft>()
    const first = useDraft(shelf, 'grid.1')
    first.change({ text: '井盖缺失' })
    await vi.advanceTimersByTimeAsync(400)
    expect(first.kept.value).toBe(true)
    const other = useDraft(shelf, 'grid.2')
    expect(await other.restore()).toBe(false)
    const again = useDraft(shelf, 'grid.1')
    expect(await again.restore()).toBe(true)
    expect(again.draft.value.text).toBe('井盖缺失')
    await again.discard()
    expect(await useDraft(shelf, 'grid.1').restore()).toBe(false)
  })
  it('of a place alone is not kept', async () => {
    const shelf = memoryShelf<Draft>()
    const book = useDraft(shelf, 'grid.1')
    book.change({ place })
    await book.keep()
    expect(await shelf.all()).toEqual([])
  })
})
