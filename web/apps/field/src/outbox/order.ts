import type { OutboxEntry } from './entry'

const FIRST_WAIT_MS = 3000
const LONGEST_WAIT_MS = 5 * 60_000

/** Waiting entries in the order they are sent: danger first, then as they were written. */
export function inSendingOrder(entries: readonly OutboxEntry[]): OutboxEntry[] {
  return entries
    .filter((entry) => entry.state === 'waiting')
    .toSorted((a, b) => Number(b.urgent) - Number(a.urgent) || a.madeAt.localeCompare(b.madeAt) || a.id.localeCompare(b.id))
}

/**
 * The entry to send next: the first in order whose lane is free. A parked entry holds back what was written later about
 * the same case, as that was written believing the parked one done; other cases go on.
 */
export function nextToSend(entries: readonly OutboxEntry[]): OutboxEntry | null {
  const before = (entry: OutboxEntry) => entries.some((other) =>
    other.lane === entry.lane && other.state !== 'sent' && other.id !== entry.id
    && (other.madeAt < entry.madeAt || (other.madeAt === entry.madeAt && other.id < entry.id)))
  return inSendingOrder(entries).find((entry) => !before(entry)) ?? null
}

/** How long to wait after the nth failure in a row: 3 s, 6 s, 12 s … at most five minutes. */
export function waitAfter(failures: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, failures - 1))
}
