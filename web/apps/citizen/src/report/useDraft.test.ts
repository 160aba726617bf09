import { localPhoto, memoryShelf } from '@gridwork/ui/phone'
import { describe, expect, it, vi } from 'vitest'
import { asReport, emptyDraft, type Draft } from './draft'
import { useDraft } from './useDraft'

describe('a draft', () => {
  it('is there again after the page was closed, with its pictures and the same id', async () => {
    const shelf = memoryShelf<Draft>()
    const before = useDraft(shelf)
    before.change({ text: '路灯不亮', photos: [localPhoto(new File(['x'], 'a.jpg', { type: 'image/jpeg' }))] })
    await before.keep()
    const after = useDraft(shelf)
    await after.restore()
    expect(after.restored.value).toBe(true)
    expect(after.draft.value).toEqual(before.draft.value)
    expect(after.draft.value.id).toBe(before.draft.value.id)
  })

  it('is kept by itself shortly after a change, once for many', async () => {
    vi.useFakeTimers()
    const shelf = memoryShelf<Draft>()
    const put = vi.spyOn(shelf, 'put')
    const { change } = useDraft(shelf)
    change({ text: '井' })
    change({ text: '井盖' })
    await vi.advanceTimersByTimeAsync(1000)
    expect(put).toHaveBeenCalledTimes(1)
    expect((await shelf.get('report'))?.text).toBe('井盖')
    vi.useRealTimers()
  })

  it('is gone when emptied or sent, and a new one has a new id', async () => {
    const shelf = memoryShelf<Draft>()
    const { draft, change, keep, discard } = useDraft(shelf)
    const { id } = draft.value
    change({ text: '井盖' })
    await keep()
    await discard()
    expect(await shelf.all()).toEqual([])
    expect(draft.value.id).not.toBe(id)
    change({ text: '  ' })
    await keep()
    expect(await shelf.all()).toEqual([])
  })

  it('does not overwrite what was typed while the kept one was read', async () => {
    const shelf = memoryShelf<Draft>()
    await shelf.put('report', { ...emptyDraft(), text: '旧的' })
    const { draft, change, restore } = useDraft(shelf)
    change({ text: '新的' })
    await restore()
    expect(draft.value.text).toBe('新的')
  })
})

describe('the report made of it', () => {
  it('leaves out what was not given', () => {
    const draft = { ...emptyDraft(), text: ' 路灯不亮 ', placeText: ' ', phone: '', answers: { height: ' ' }, matter: 'M1' }
    expect(asReport(draft)).toMatchObject({ text: '路灯不亮', place_text: null, phone: null, lon: null, matter: 'M1', answers: {}, media: [] })
  })
  it('names no matter when the person said that none fits', () => {
    expect(asReport({ ...emptyDraft(), matter: 'M1', noneFits: true, answers: { a: 'b' } })).toMatchObject({ matter: null, answers: {} })
  })
})
