import { isProblem, uuidv7, type NearbyCase, type ReportReceipt } from '@gridwork/api'
import { useFailure } from '@gridwork/ui/phone'
import { computed, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { client } from '../face'
import type { useDraft } from './useDraft'
import { sendReport } from './sendReport'

export type Sending = 'idle' | 'sending' | 'kept' | 'refused'

/** Sends the draft, or joins a neighbour's report instead of it. */
export function useReport(book: ReturnType<typeof useDraft>) {
  const { t } = useI18n()
  const state = shallowRef<Sending>('idle')
  const { failure, problem, wordsOf } = useFailure()
  const followId = uuidv7()

  function failed(thing: unknown): null {
    failure.value = thing
    // A broken picture is no network fault: it will be broken next time as well.
    state.value = isProblem(thing) && (thing.unreachable || thing.status >= 500 || thing.status === 429) ? 'kept' : 'refused'
    return null
  }

  async function attempt<Answer>(act: () => Promise<Answer>): Promise<Answer | null> {
    if (state.value === 'sending') return null
    state.value = 'sending'
    failure.value = null
    try {
      const answer = await act()
      state.value = 'idle'
      return answer
    } catch (thing) {
      return failed(thing)
    }
  }

  const send = (): Promise<ReportReceipt | null> => attempt(() => sendReport(
    {
      read: () => book.draft.value,
      note: async (part) => {
        book.change(part)
        await book.keep()
      },
    },
    { upload: (file, areas) => client.uploadPublicMedia(file, areas), report: (body) => client.report(body) },
  ))

  const follow = (one: NearbyCase) => attempt(() => {
    const { name, phone } = book.draft.value
    return client.follow(one.id, { id: followId, name: name.trim() || null, phone: phone.trim() || null })
  })

  const words = computed(() => {
    if (failure.value === null) return ''
    return isProblem(failure.value) ? wordsOf(failure.value) : t('phone.photo.unreadable')
  })

  return { state, problem, words, send, follow }
}
