import { Problem, type PublicReport, type ReportReceipt } from '@gridwork/api'
import { describe, expect, it } from 'vitest'
import { emptyDraft, type Draft } from './draft'
import { sendReport, type DraftBook, type ReportRoad } from './sendReport'

function book(part: Partial<Draft>): DraftBook & { draft: Draft } {
  const holder = { draft: { ...emptyDraft(), ...part } }
  return Object.assign(holder, {
    read: () => holder.draft,
    note: async (change: Partial<Draft>) => { holder.draft = { ...holder.draft, ...change } },
  })
}

/** A server that keeps by id, as the contract says. `lose` answers are lost on the way back. */
function server(lose: number) {
  const kept = new Map<string, string>()
  let lost = 0
  const road: ReportRoad = {
    upload: async () => { throw new Error('no pictures here') },
    report: async (body: PublicReport) => {
      const before = kept.get(body.id)
      const now = JSON.stringify(body)
      if (before !== undefined && before !== now) throw new Problem(409, { code: 'command.id_reused' })
      if (body.text.length < 2) throw new Problem(422, { code: 'form.invalid' })
      kept.set(body.id, now)
      lost += 1
      if (lost <= lose) throw Problem.offline()
      const receipt: ReportReceipt = {
        case_id: body.id, number: '261124-00001', progress_code: 'AAAA-BBBB-CCCC', link: '/p/AAAA-BBBB-CCCC', grid_text: '', next: null, unplaced: true,
      }
      return receipt
    },
  }
  return { kept, road }
}

describe('sending a report', () => {
  it('twice makes one report when the first answer was lost', async () => {
    const { kept, road } = server(1)
    const draft = book({ text: '路灯不亮' })
    await expect(sendReport(draft, road)).rejects.toThrow('network.offline')
    expect(draft.draft.tried).toHaveLength(1)
    expect((await sendReport(draft, road)).number).toBe('261124-00001')
    expect(kept.size).toBe(1)
  })

  it('changed after a lost answer still finds the report that arrived', async () => {
    const { kept, road } = server(1)
    const draft = book({ text: '路灯不亮' })
    await expect(sendReport(draft, road)).rejects.toThrow()
    await draft.note({ text: '路灯不亮，两盏' })
    expect((await sendReport(draft, road)).number).toBe('261124-00001')
    expect(kept.size).toBe(1)
  })

  it('refused by the form leaves nothing behind that could be mistaken for sent', async () => {
    const { road } = server(0)
    const draft = book({ text: '灯' })
    await expect(sendReport(draft, road)).rejects.toMatchObject({ code: 'form.invalid' })
    expect(draft.draft.tried).toEqual([])
  })
})
