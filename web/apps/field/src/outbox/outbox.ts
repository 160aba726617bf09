import { isProblem, type Client } from '@gridwork/api'
import { uploadAll, type Shelf } from '@gridwork/ui/phone'
import { computed, shallowRef } from 'vue'
import { commandBody, reportBody, type OutboxEntry } from './entry'
import { nextToSend, waitAfter } from './order'

/** After so many failures of the server itself on one entry, a person must look at it. */
const MOST_FAULTS = 5
const KEEP_SENT = 30

export type Trouble = 'none' | 'network' | 'signed_out'

export interface OutboxOptions {
  client: Pick<Client, 'command' | 'createCase' | 'uploadMedia'>
  shelf: Shelf<OutboxEntry>
  login: () => string | null
  now?: () => number
  /** Called when the server has taken an entry. */
  arrived?: (entry: OutboxEntry) => void
}

type Outcome = 'sent' | 'parked' | 'network' | 'signed_out' | 'later'

/**
 * What was done on this device and must reach the server. Everything is written down before anything is sent, sent in
 * order within a case, and sent again until it is taken or refused; ids made here keep a repeat from counting twice.
 */
export function createOutbox({ client, shelf, login, now = Date.now, arrived }: OutboxOptions) {
  const entries = shallowRef<OutboxEntry[]>([])
  const trouble = shallowRef<Trouble>('none')
  let failures = 0
  let restUntil = 0
  let running: Promise<void> | null = null

  const mine = computed(() => entries.value.filter((entry) => entry.login === login()))

  async function write(entry: OutboxEntry): Promise<void> {
    const known = entries.value.some((one) => one.id === entry.id)
    entries.value = known ? entries.value.map((one) => (one.id === entry.id ? entry : one)) : [...entries.value, entry]
    await shelf.put(entry.id, entry)
  }

  async function erase(id: string): Promise<void> {
    entries.value = entries.value.filter((one) => one.id !== id)
    await shelf.remove(id)
  }

  async function load(): Promise<void> {
    const kept = await shelf.all()
    entries.value = kept.toSorted((a, b) => a.madeAt.localeCompare(b.madeAt))
    const old = entries.value.filter((one) => one.state === 'sent').slice(0, -KEEP_SENT)
    for (const { id } of old) await erase(id)
  }

  async function post(entry: OutboxEntry): Promise<string | null> {
    if (entry.kind === 'report') return (await client.createCase(reportBody(entry))).number
    const { case: after } = await client.command(entry.caseId, entry.command, commandBody(entry), { id: entry.id, at: entry.madeAt })
    return after.number
  }

  async function deliver(first: OutboxEntry): Promise<Outcome> {
    let entry = first
    try {
      await uploadAll(entry.photos, (blob, areas, photo) => client.uploadMedia(blob, photo.purpose, areas), async (sent) => {
        const ids = new Map(sent.map((one) => [one.key, one.mediaId]))
        entry = { ...entry, photos: entry.photos.map((one) => Object.assign({}, one, { mediaId: ids.get(one.key) ?? one.mediaId })) }
        await write(entry)
      })
      const number = await post(entry)
      // The pictures are the server's now; what is left is the line in the list.
      entry = { ...entry, state: 'sent', sentAt: new Date(now()).toISOString(), number, refusal: null, photos: [] }
      await write(entry)
      arrived?.(entry)
      return 'sent'
    } catch (thing) {
      return refused(entry, thing)
    }
  }

  async function refused(entry: OutboxEntry, thing: unknown): Promise<Outcome> {
    if (isProblem(thing) && thing.unreachable) return 'network'
    if (isProblem(thing) && thing.status === 401) return 'signed_out'
    if (isProblem(thing) && thing.status === 429) {
      restUntil = now() + (thing.retryAfterS ?? 30) * 1000
      return 'later'
    }
    const faults = entry.faults + 1
    const definite = isProblem(thing) ? thing.status < 500 : true
    const refusal = isProblem(thing)
      ? { code: thing.code, detail: thing.detail, status: thing.status }
      : { code: 'device.failed', detail: '', status: 0 }
    const parked = definite || faults >= MOST_FAULTS
    await write({ ...entry, faults, refusal: parked ? refusal : null, state: parked ? 'parked' : 'waiting' })
    return parked ? 'parked' : 'later'
  }

  async function work(): Promise<void> {
    for (;;) {
      const entry = nextToSend(mine.value)
      if (!entry) {
        trouble.value = 'none'
        return
      }
      const outcome = await deliver(entry)
      if (outcome === 'network' || outcome === 'signed_out' || outcome === 'later') {
        failures += 1
        restUntil = Math.max(restUntil, now() + waitAfter(failures))
        trouble.value = outcome === 'later' ? 'none' : outcome
        return
      }
      failures = 0
      trouble.value = 'none'
    }
  }

  /** Sends what can be sent; `force` does not wait out the pause after a failure. One run at a time on the device. */
  function run(force = false): Promise<void> {
    if (running) return running
    if (login() === null || (!force && now() < restUntil)) return Promise.resolve()
    const guarded = async () => {
      // Absent in older browsers and where the page is not served securely; then one page at a time is assumed.
      const locks: LockManager | null | undefined = navigator.locks
      if (!locks) return work()
      await locks.request('gridwork.outbox', { ifAvailable: true }, async (lock) => { if (lock) await work() })
    }
    running = guarded().finally(() => { running = null })
    return running
  }

  /** Writes down what was done; it is safe when this returns. */
  async function add(entry: OutboxEntry): Promise<void> {
    await write(entry)
    void run()
  }

  return { entries: mine, trouble, load, run, add, write, erase }
}

export type Outbox = ReturnType<typeof createOutbox>
