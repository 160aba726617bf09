import { localPhoto } from '@gridwork/ui/phone'
import { describe, expect, it } from 'vitest'
import { reactive } from 'vue'
import { asReport, emptyDraft } from '../report/draft'
import { commandBody, reportBody } from './entry'
import { commandEntry, inSlot, reportEntry } from './make'

const picture = () => ({ ...localPhoto(new File(['x'], 'a.jpg', { type: 'image/jpeg' }), 'after'), mediaId: 'm1' })

describe('what goes into the outbox', () => {
  it('is plain, whatever the form held it in', () => {
    const held = reactive([{ ...picture(), areas: [[0.1, 0.1, 0.2, 0.2]] as [number, number, number, number][] }])
    const kept = structuredClone(inSlot(held, 'media').map((one) => ({ areas: one.areas, slot: one.slot })))
    expect(kept[0]?.areas).toEqual([[0.1, 0.1, 0.2, 0.2]])
  })
  it('a command lies in the lane of its case and goes first where there is danger', () => {
    const matter = { code: 'M', name_zh: '', name_en: '', category: '', urgency: 'emergency' as const }
    const entry = commandEntry('grid.1', { id: 'c1', place_text: '采菱路', matter }, '井盖', 'handle', { text: '好了' }, [picture()])
    expect(entry).toMatchObject({ lane: 'c1', urgent: true, where: '采菱路', state: 'waiting', login: 'grid.1' })
    expect(commandBody(entry)).toEqual({ text: '好了', media: [{ id: 'm1', purpose: 'after' }] })
  })
  it('a report has a lane of its own, and its pictures where they belong', () => {
    const draft = { ...emptyDraft(), id: 'r1', text: '井盖缺失' }
    const entry = reportEntry('grid.1', asReport(draft, ''), { title: '井盖', urgent: false }, [], { text: '扶正了', photos: [picture()] })
    expect(entry).toMatchObject({ id: 'r1', lane: 'r1', kind: 'report' })
    expect(reportBody(entry)).toMatchObject({ id: 'r1', media: [], self_handle: { text: '扶正了', media: [{ id: 'm1', purpose: 'after' }] } })
    expect(reportBody(reportEntry('grid.1', asReport(draft, ''), { title: '', urgent: false }, [], null)).self_handle).toBeNull()
  })
})
