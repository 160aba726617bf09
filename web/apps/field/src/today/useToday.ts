import type { FieldTask, FieldToday } from '@gridwork/api'
import { useWhereIAm } from '@gridwork/ui/phone'
import { computed } from 'vue'
import { client } from '../face'
import { onArrived } from '../outbox/useOutbox'
import { me } from '../shared/session'
import { keptShelf, useKept } from '../shared/useKept'
import { caseKey, isCasePage } from '../task/useTask'
import { inOrder } from './order'

/** As many as one can do in a day; their pages are kept so that they open with no network. */
const KEEP_PAGES = 20

/** New work is seen within so long. */
const EVERY_MS = 30_000

/** Lists that forms need are read again after so long. */
const LISTS_LAST_MS = 6 * 3_600_000

function isToday(thing: unknown): thing is FieldToday {
  return typeof thing === 'object' && thing !== null && 'tasks' in thing && 'grids' in thing
}

/** Reads the pages of today's tasks that this device does not have yet, one after the other. */
async function keepPages(tasks: readonly FieldTask[]): Promise<void> {
  for (const task of tasks.slice(0, KEEP_PAGES)) {
    const key = caseKey(task.id)
    const kept = await keptShelf.get(key)
    if (kept && isCasePage(kept.data) && kept.data.case.version === task.version) continue
    try {
      await keptShelf.put(key, { key, at: Date.now(), data: await client.caseById(task.id) })
    } catch {
      return
    }
  }
}

/** Reads what the forms need, so that they can be filled in with no network. */
async function keepLists(): Promise<void> {
  const lists: [string, () => Promise<unknown>][] = [['matters', client.matters], ['reasons', client.reasons]]
  for (const [key, ask] of lists) {
    const kept = await keptShelf.get(key)
    if (kept && Date.now() - kept.at < LISTS_LAST_MS) continue
    try {
      await keptShelf.put(key, { key, at: Date.now(), data: await ask() })
    } catch {
      return
    }
  }
}

/** What is to be done today, in order, from the server or as it last said. */
export function useToday() {
  const today = useKept(`today.${me.value?.login ?? ''}`, async () => {
    const answer = await client.today()
    void keepLists().then(() => keepPages(answer.tasks))
    return answer
  }, isToday, EVERY_MS)
  const { here, askIfAllowed } = useWhereIAm()
  void askIfAllowed()
  onArrived(() => void today.read())
  const placed = computed(() => inOrder(today.data.value?.tasks ?? [], here.value.state === 'known' ? here.value : null))
  return { ...today, placed, here }
}
