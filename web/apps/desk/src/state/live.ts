import { openLive, type Live, type LiveEvent, type LiveState } from '@gridwork/api'
import { serverNow, setServerNow } from '@gridwork/i18n'
import { onScopeDispose, ref, shallowReactive } from 'vue'

/** Whether what happens elsewhere is being heard. */
export const liveState = ref<LiveState>('closed')

/** The last things that happened in my area, newest first. */
export const notices = shallowReactive<LiveEvent[]>([])
export const unread = ref(0)
const MOST_NOTICES = 40

type Hear = (event: LiveEvent) => void
const hearers = new Set<Hear>()
const losers = new Set<() => void>()
let live: Live | null = null

export function startLive(): void {
  live ??= openLive({
    onEvent(event) {
      if (Date.parse(event.at) > serverNow()) setServerNow(event.at)
      notices.unshift(event)
      notices.length = Math.min(notices.length, MOST_NOTICES)
      unread.value += 1
      for (const hear of hearers) hear(event)
    },
    onLost: () => losers.forEach((lost) => lost()),
    onState: (state) => { liveState.value = state },
  })
}

export function stopLive(): void {
  live?.close()
  live = null
  notices.length = 0
  unread.value = 0
}

/** A list read at `seq` needs no event before it. */
export function seenUpTo(seq: number): void {
  live?.seenUpTo(seq)
}

export function lookAt(caseId: string | null): void {
  live?.look({ case: caseId })
}

/** Hears events while the component lives; `lost` is called when too many were missed to be told one by one. */
export function useLive(hear: Hear, lost: () => void): void {
  hearers.add(hear)
  losers.add(lost)
  onScopeDispose(() => {
    hearers.delete(hear)
    losers.delete(lost)
  })
}
