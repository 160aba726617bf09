import type { Bounds, LiveEvent, LiveMessage } from './types'

export type LiveState = 'connecting' | 'open' | 'waiting' | 'closed'

export interface LiveOptions {
  /** Address without `since`; by default `/api/live` of this origin. */
  url?: string
  onEvent: (event: LiveEvent) => void
  /** Too much was missed to be replayed: read again what is shown. */
  onLost: () => void
  onState?: (state: LiveState) => void
  WebSocket?: typeof WebSocket
  /** 0..1, for the spread of the waits. */
  chance?: () => number
}

export interface Live {
  /** Tells the server what is being looked at. */
  look: (view: { bbox?: Bounds | null; case?: string | null }) => void
  /** The last event seen; a fresh list's `seq` may move it on. */
  seenUpTo: (seq: number) => void
  close: () => void
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000

/** Doubling waits between half a second and half a minute, spread by ±25 % so that a city does not call at once. */
export function waitMs(attempt: number, chance: number): number {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt)
  return Math.round(wait * (0.75 + chance * 0.5))
}

function defaultUrl(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/live`
}

/** Listens to what happens to cases; after a lost connection resumes behind the last event seen. */
export function openLive(options: LiveOptions): Live {
  const Socket = options.WebSocket ?? globalThis.WebSocket
  const chance = options.chance ?? Math.random
  let socket: WebSocket | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempt = 0
  let seq: number | null = null
  let view: { bbox: Bounds | null; case: string | null } = { bbox: null, case: null }
  let over = false

  function hear(message: LiveMessage): void {
    if (message.type === 'hello') {
      attempt = 0
      seq ??= message.seq
    } else if (message.type === 'lost') {
      seq = message.from
      options.onLost()
    } else if (seq === null || message.seq > seq) {
      seq = message.seq
      options.onEvent(message)
    }
  }

  function sayView(): void {
    if (socket?.readyState === 1) socket.send(JSON.stringify({ view }))
  }

  function connect(): void {
    options.onState?.('connecting')
    const since = seq === null ? '' : `?since=${seq}`
    const mine = new Socket((options.url ?? defaultUrl()) + since)
    socket = mine
    mine.addEventListener('open', () => {
      options.onState?.('open')
      sayView()
    })
    mine.addEventListener('message', (event: MessageEvent) => hear(JSON.parse(String(event.data))))
    mine.addEventListener('close', () => {
      if (over || socket !== mine) return
      options.onState?.('waiting')
      timer = setTimeout(connect, waitMs(attempt, chance()))
      attempt += 1
    })
  }

  function comeBack(): void {
    if (over || socket?.readyState === 0 || socket?.readyState === 1) return
    clearTimeout(timer)
    attempt = 0
    connect()
  }

  globalThis.addEventListener?.('online', comeBack)
  connect()

  return {
    look(next) {
      view = { bbox: next.bbox ?? null, case: next.case ?? null }
      sayView()
    },
    seenUpTo(at) {
      if (seq === null || at > seq) seq = at
    },
    close() {
      over = true
      clearTimeout(timer)
      globalThis.removeEventListener?.('online', comeBack)
      options.onState?.('closed')
      socket?.close()
    },
  }
}
