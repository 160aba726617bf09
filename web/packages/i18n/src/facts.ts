import { useI18n } from 'vue-i18n'
import { useTimes } from './time'

/** A line below an event: the system's own come in both languages, with instants as RFC 3339. */
export function useFacts() {
  const { locale } = useI18n({ useScope: 'global' })
  const { exact } = useTimes()

  function factText(fact: { text: string; text_en?: string }): string {
    const text = locale.value === 'en' && fact.text_en ? fact.text_en : fact.text
    return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? exact(text) : text
  }
  return { factText }
}
