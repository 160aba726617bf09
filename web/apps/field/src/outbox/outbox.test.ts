import { Problem, uuidv7, type CommandName } from '@gridwork/api'
import { localPhoto, memoryShelf } from '@gridwork/ui/phone'
import { describe, expect, it, vi } from 'vitest'
import { commandBody, remedyFor, reportBody, type CommandEntry, type OutboxEntry, type ReportEntry } from './entry'
import { inSendingOrder, nextToSend, waitAfter } from './order'
import { createOutbox, type OutboxOptions } from './outbox'

let minute = 0
function command(lane: string, name: CommandName = 'sign', more: Partial<CommandEntry> = {}): CommandEntry {
  minute += 1
  return {
    id: uuidv7(), login: 'grid.1', kind: 'command', lane, caseId: lane, command: name, body: {}, madeAt: new Date(minute * 60_000).toISOString(),
    urgent: false, title: '', where: '', photos: [], state: 'waiting', faults: 0, refusal: null, sentAt: null, number: null, ...more,
  }
}

function report(more: Partial<ReportEntry> = {}): ReportEntry {
  const { command: _, caseId: __, body: ___, ...common } = command('x')
  return {
    ...common, lane: common.id, kind: 'report', selfHandle: null, ...more,
    report: {
      id: common.id, text: '井盖缺失', matter: null, lon: 120, lat: 31.8, place_text: null, source: 'worker', external_number: null,
      name: null, phone: null, call_back: false, hide_phone: false, answers: {},
    },
  }
}

type Answering = (kind: string, id: string) => void
/** A server that notes what it was asked, and may throw. */
function desk(answer: Answering = () => {}) {
  const asked: string[] = []
  const client = {
    command: async (caseId: string, name: string, body: object, meta: { id?: string } = {}) => {
      answer(name, meta.id ?? '')
      asked.push(`${caseId} ${name} ${JSON.stringify(Reflect.get(body, 'media') ?? null)}`)
      return { case: { number: '261124-00001' }, timeline: [], actions: [] }
    },
    createCase: async (body: { id: string }) => {
      answer('report', body.id)
      asked.push('report')
      return { case_id: body.id, number: '261124-00002', grid_text: '', dispatched_to: null, why_here: [] }
    },
    uploadMedia: async (_: Blob, purpose: string) => {
      answer('upload', purpose)
      asked.push(`upload ${purpose}`)
      return { id: `m${asked.length}`, kind: 'document', width: 0, height: 0, url: '', thumb_url: '' }
    },
  }
  // The outbox reads no more of these answers than is written here.
  return { asked, client: client as unknown as OutboxOptions['client'] }
}

function box(client: OutboxOptions['client'], kept: OutboxEntry[] = []) {
  const shelf = memoryShelf<OutboxEntry>()
  for (const entry of kept) void shelf.put(entry.id, entry)
  const clock = { ms: 1_000_000_000 }
  const outbox = createOutbox({ client, shelf, login: () => 'grid.1', now: () => clock.ms })
  return { outbox, shelf, clock }
}

describe('the order of sending', () => {
  it('is as written, danger first', () => {
    const [a, b, c] = [command('1'), report({ urgent: true }), command('2')]
    expect(inSendingOrder([c, b, a]).map((one) => one.id)).toEqual([b.id, a.id, c.id])
  })

  it('a parked entry holds back its own case and nothing else', () => {
    const [first, second, other] = [command('1', 'sign', { state: 'parked' }), command('1', 'handle'), command('2')]
    expect(nextToSend([first, second, other])?.id).toBe(other.id)
    expect(nextToSend([first, second])).toBeNull()
    expect(nextToSend([{ ...first, state: 'sent' }, second])?.id).toBe(second.id)
  })

  it('waits longer after each failure, never longer than five minutes', () => {
    expect([1, 2, 3, 20].map(waitAfter)).toEqual([3000, 6000, 12_000, 300_000])
  })
})

describe('the outbox', () => {
  it('sends what was kept over a restart, in order within a case', async () => {
    const { asked, client } = desk()
    const { outbox } = box(client, [command('1', 'sign'), command('1', 'make_safe', { body: { text: '已围挡' } }), command('2', 'take')])
    await outbox.load()
    await outbox.run()
    expect(asked).toEqual(['1 sign null', '1 make_safe []', '2 take null'])
    expect(outbox.entries.value.every((one) => one.state === 'sent')).toBe(true)
  })

  it('keeps everything when the network is gone, and sends once when it is back', async () => {
    let gone = true
    const { asked, client } = desk(() => { if (gone) throw Problem.offline() })
    const { outbox, shelf, clock } = box(client)
    await outbox.add(command('1'))
    await outbox.run()
    expect(outbox.trouble.value).toBe('network')
    expect(await shelf.all()).toHaveLength(1)
    gone = false
    await outbox.run()
    expect(asked).toEqual([])
    clock.ms += 3001
    await outbox.run()
    expect(asked).toEqual(['1 sign null'])
    expect(outbox.trouble.value).toBe('none')
  })

  it('parks what is refused, with the reason, and goes on with other cases', async () => {
    const bad = command('1', 'pass', { body: { text: '好了' } })
    const { asked, client } = desk((_, id) => {
      if (id === bad.id) throw new Problem(409, { code: 'case.closed', detail: '这件已结案' })
    })
    const { outbox } = box(client, [bad, command('1', 'note'), command('2')])
    await outbox.load()
    await outbox.run()
    expect(asked).toEqual(['2 sign null'])
    expect(outbox.entries.value.map((one) => one.state)).toEqual(['parked', 'waiting', 'sent'])
    expect(outbox.entries.value[0]?.refusal).toEqual({ code: 'case.closed', detail: '这件已结案', status: 409 })
    await outbox.erase(bad.id)
    await outbox.run(true)
    expect(asked).toEqual(['2 sign null', '1 note []'])
  })

  it('parks what the server itself fails on, but only after several tries', async () => {
    const { client } = desk(() => { throw new Problem(500, { code: 'server.failed' }) })
    const { outbox, clock } = box(client, [command('1')])
    await outbox.load()
    for (let n = 0; n < 4; n += 1) {
      await outbox.run()
      expect(outbox.entries.value[0]?.state).toBe('waiting')
      clock.ms += 300_001
    }
    await outbox.run()
    expect(outbox.entries.value[0]?.state).toBe('parked')
  })

  it('waits for the sign-in when the session is gone', async () => {
    const { client } = desk(() => { throw new Problem(401, { code: 'session.missing' }) })
    const { outbox } = box(client, [command('1')])
    await outbox.load()
    await outbox.run()
    expect(outbox.trouble.value).toBe('signed_out')
    expect(outbox.entries.value[0]?.state).toBe('waiting')
  })

  it('leaves the work of another person on this device alone', async () => {
    const { asked, client } = desk()
    const { outbox } = box(client, [command('1', 'sign', { login: 'grid.2' })])
    await outbox.load()
    await outbox.run()
    expect(asked).toEqual([])
    expect(outbox.entries.value).toEqual([])
  })

  it('does not upload a picture twice when the command after it was lost', async () => {
    let lost = true
    const { asked, client } = desk((kind) => {
      if (kind === 'handle' && lost) throw Problem.offline()
    })
    const photo = { ...localPhoto(new File(['x'], 'a.pdf', { type: 'application/pdf' }), 'after'), slot: 'media' as const }
    const { outbox } = box(client, [command('1', 'handle', { body: { text: '好了' }, photos: [photo] })])
    await outbox.load()
    await outbox.run()
    lost = false
    await outbox.run(true)
    expect(asked).toEqual(['upload after', '1 handle [{"id":"m1","purpose":"after"}]'])
  })

  it('runs once at a time', async () => {
    const { asked, client } = desk()
    const spy = vi.spyOn(client, 'command')
    const { outbox } = box(client, [command('1')])
    await outbox.load()
    await Promise.all([outbox.run(), outbox.run(), outbox.run(true)])
    expect(spy).toHaveBeenCalledTimes(1)
    expect(asked).toHaveLength(1)
  })
})

describe('what is sent', () => {
  const photo = (slot: 'media' | 'self_handle', purpose: 'near' | 'after', mediaId: string) => (
    { ...localPhoto(new File(['x'], 'a.jpg', { type: 'image/jpeg' }), purpose), slot, mediaId })

  it('carries pictures where each belongs', () => {
    const entry = report({ selfHandle: '已扶正', photos: [photo('media', 'near', 'a'), photo('self_handle', 'after', 'b')] })
    expect(reportBody(entry)).toMatchObject({ media: [{ id: 'a', purpose: 'near' }], self_handle: { text: '已扶正', media: [{ id: 'b', purpose: 'after' }] } })
    expect(commandBody(command('1', 'pass', { body: { text: '' }, photos: [photo('media', 'after', 'c')] }))).toEqual({ text: '', media: ['c'] })
    expect(commandBody(command('1', 'sign'))).toEqual({})
  })

  it('that the case has outrun can be added as a note; else it is tried again', () => {
    const refusal = { code: 'case.closed', detail: '', status: 409 }
    expect(remedyFor(command('1', 'pass', { body: { text: '看过' }, refusal }))).toBe('note')
    expect(remedyFor(command('1', 'sign', { refusal }))).toBe('again')
    expect(remedyFor(command('1', 'pass', { body: { text: '看过' }, refusal: { ...refusal, status: 422 } }))).toBe('again')
  })
})
