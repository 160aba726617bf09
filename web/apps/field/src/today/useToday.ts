import type { FieldToday } from '@gridwork/api'
import { useWhereIAm } from '@gridwork/ui/phone'
import { computed } from 'vue'
import { client } from '../face'
import { onArrived } from '../outbox/useOutbox'
import { me } from '../shared/session'
import { useKept } from '../shared/useKept'
import { inOrder } from './order'

function isToday(thing: unknown): thing is FieldToday {
  return typeof thing === 'object' && thing !== null && 'tasks' in thing && 'grids' in thing
}

/** What is to be done today, in order, from the server or as it last said. */
export function useToday() {
  const today = useKept(`today.${me.value?.login ?? ''}`, () => client.today(), isToday)
  const { here, askIfAllowed } = useWhereIAm()
  void askIfAllowed()
  onArrived(() => void today.read())
  const placed = computed(() => inOrder(today.data.value?.tasks ?? [], here.value.state === 'known' ? here.value : null))
  return { ...today, placed, here }
}
