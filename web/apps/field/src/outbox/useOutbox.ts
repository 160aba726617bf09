import { openShelf } from '@gridwork/ui/phone'
import { computed, onScopeDispose, watch } from 'vue'
import { client } from '../face'
import { cutOff } from '../shared/reach'
import { me, session } from '../shared/session'
import type { OutboxEntry } from './entry'
import { createOutbox } from './outbox'

const EVERY_MS = 15_000
const listeners = new Set<(entry: OutboxEntry) => void>()

/** The outbox of this device. */
export const outbox = createOutbox({
  client,
  shelf: openShelf<OutboxEntry>('outbox'),
  login: () => (session.value === 'in' ? (me.value?.login ?? null) : null),
  arrived: (entry) => { for (const listener of listeners) listener(entry) },
})

export const waiting = computed(() => outbox.entries.value.filter((one) => one.state === 'waiting'))
export const parked = computed(() => outbox.entries.value.filter((one) => one.state === 'parked'))

/** Takes up what was left, and tries again whenever there is reason to hope; call once when the face starts. */
export async function openOutbox(): Promise<void> {
  await outbox.load()
  void outbox.run(true)
  setInterval(() => {
    void outbox.run()
    // Nobody tells that the network is back where only the server was away: ask, so that what waits goes at once.
    if (cutOff.value && waiting.value.length > 0) client.ready().catch(() => {})
  }, EVERY_MS)
  globalThis.addEventListener('online', () => void outbox.run(true))
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') void outbox.run() })
  watch(cutOff, (off) => { if (!off) void outbox.run(true) })
  watch(session, (now) => { if (now === 'in') void outbox.run(true) })
}

/** Calls back whenever the server has taken something, so that what is shown can be read again. */
export function onArrived(then: (entry: OutboxEntry) => void): void {
  listeners.add(then)
  onScopeDispose(() => listeners.delete(then))
}
