import { isProblem, type Problem } from '@gridwork/api'
import { computed, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'

/** The sentence to show for whatever went wrong. */
export function useFailure() {
  const { t } = useI18n({ useScope: 'global' })
  const failure = shallowRef<unknown>(null)

  function wordsOf(thing: unknown): string {
    if (!isProblem(thing)) return t('ui.problem.unknown')
    if (thing.unreachable) return t('ui.problem.offline')
    return thing.detail === '' ? t('ui.problem.unknown') : thing.detail
  }

  const problem = computed<Problem | null>(() => (isProblem(failure.value) ? failure.value : null))
  return {
    failure,
    problem,
    words: computed(() => (failure.value === null ? '' : wordsOf(failure.value))),
    wordsOf,
  }
}
