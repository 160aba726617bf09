import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openLive, waitMs, type LiveState } from './live'
import type { LiveEvent } from './types'

class Socket extends EventTarget {
  static made: Socket[] = []
  readyState = 0
  sent: string[] = []
  closed = false
  readonly url: string
  constructor(url: string | URL) {
    super()
    this.url = String(url)
    Socket.made.push(this)
  }
  send(text: string) { this.sent.push(text) }
  close() { this.closed = true }
  open() {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }
  say(message: unknown) { this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) })) }
  drop() {
    this.readyState = 3
    this.dispatchEvent(new Event('close'))
  }
}

const event = (seq: number): LiveEvent => ({
  type: 'event', seq, kind: 'accepted', at: '2026-11-24T00:00:00Z', title_zh: '', title_en: 'Accepted',
  case: { id: 'c', number: '261124-00001', stage: 'accepted', lon: null, lat: null, level: 'ok', version: seq, matter_code: null, holder: null, due_at: null },
})
const last = () => Socket.made.at(-1) ?? expect.fail('no socket was opened')

function start() {
  const heard: number[] = []
  const states: LiveState[] = []
  const lost = vi.fn()
  const live = openLive({
    url: 'ws://city/api/live', chance: () => 0.5, WebSocket: Socket as unknown as typeof WebSocket,
    onEvent: (e) => heard.push(e.seq), onLost: lost, onState: (state) => states.push(state),
  })
  return { live, heard, states, lost }
}

beforeEach(() => {
  Socket.made = []
  vi.useFakeTimers()
})
afterEach(() => { vi.useRealTimers() })

describe('the wait before calling again', () => {
  it('doubles from half a second to half a minute', () => {
    expect([0, 1, 2, 5, 6, 20].map((n) => waitMs(n, 0.5))).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000])
  })
  it('is spread by a quarter to both sides', () => {
    expect([waitMs(0, 0), waitMs(0, 1)]).toEqual([375, 625])
  })
})

describe('the live channel', () => {
  it('resumes behind the last event it heard', () => {
    const { heard } = start()
    last().open()
    last().say({ type: 'hello', seq: 7 })
    last().say(event(8))
    last().say(event(9))
    last().drop()
    vi.advanceTimersByTime(500)
    expect(last().url).toBe('ws://city/api/live?since=9')
    last().open()
    last().say(event(9))
    last().say(event(10))
    expect(heard).toEqual([8, 9, 10])
  })

  it('asks to read again when too much was missed, and goes on from there', () => {
    const { lost, heard } = start()
    last().say({ type: 'hello', seq: 3 })
    last().say({ type: 'lost', from: 900 })
    last().say(event(900))
    last().say(event(901))
    expect(lost).toHaveBeenCalledOnce()
    expect(heard).toEqual([901])
  })

  it('waits longer after each failure and starts afresh after a hello', () => {
    start()
    last().drop()
    vi.advanceTimersByTime(500)
    expect(Socket.made).toHaveLength(2)
    last().drop()
    vi.advanceTimersByTime(999)
    expect(Socket.made).toHaveLength(2)
    vi.advanceTimersByTime(1)
    expect(Socket.made).toHaveLength(3)
    last().say({ type: 'hello', seq: 1 })
    last().drop()
    vi.advanceTimersByTime(500)
    expect(Socket.made).toHaveLength(4)
  })

  it('calls at once when the network is back', () => {
    start()
    last().drop()
    globalThis.dispatchEvent(new Event('online'))
    expect(Socket.made).toHaveLength(2)
  })

  it('tells what is looked at, also after resuming', () => {
    const { live } = start()
    last().open()
    live.look({ case: 'c1' })
    expect(JSON.parse(last().sent.at(-1) ?? '')).toEqual({ view: { bbox: null, case: 'c1' } })
    last().drop()
    vi.advanceTimersByTime(500)
    last().open()
    expect(JSON.parse(last().sent.at(-1) ?? '')).toEqual({ view: { bbox: null, case: 'c1' } })
  })

  it('needs no event a fresh list already holds', () => {
    const { live, heard } = start()
    last().say({ type: 'hello', seq: 1 })
    live.seenUpTo(5)
    last().say(event(5))
    last().say(event(6))
    expect(heard).toEqual([6])
  })

  it('does not call again once closed', () => {
    const { live, states } = start()
    live.close()
    last().drop()
    vi.advanceTimersByTime(60_000)
    expect(Socket.made).toHaveLength(1)
    expect(states.at(-1)).toBe('closed')
  })
})
