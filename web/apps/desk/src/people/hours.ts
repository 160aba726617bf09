import { useI18n } from 'vue-i18n'

/** Spells `1-5 08:30-12:00,14:00-17:30; 6 09:00-12:00` out. */
export function useHours() {
  const { t } = useI18n()
  const day = (n: string) => t(`people.day.${n.trim()}`)
  const days = (text: string) => text.split(',').map((piece) => piece.split('-').map(day).join(t('people.day.to'))).join(t('people.day.and'))
  const hours = (text: string): string =>
    text.split(';').map((part) => part.trim()).filter((part) => part !== '').map((part) => {
      const [on = '', times = ''] = part.split(' ')
      return `${days(on)} ${times.replaceAll(',', ' ')}`
    }).join(t('people.day.then'))
  return { hours }
}
