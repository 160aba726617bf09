import { useI18n } from 'vue-i18n'

type Pair<Stem extends string> = { [K in `${Stem}_zh` | `${Stem}_en`]?: string | null }

/** Chooses between the two languages in which the server names things. */
export function useNamed() {
  const { locale } = useI18n({ useScope: 'global' })

  function pick(thing: object | null | undefined, stem: string): string {
    if (!thing) return ''
    const zh: unknown = Reflect.get(thing, `${stem}_zh`)
    const en: unknown = Reflect.get(thing, `${stem}_en`)
    const [first, second] = locale.value === 'en' ? [en, zh] : [zh, en]
    if (typeof first === 'string' && first !== '') return first
    return typeof second === 'string' ? second : ''
  }

  return {
    /** `name_zh` or `name_en`. */
    named: (thing: Pair<'name'> | null | undefined): string => pick(thing, 'name'),
    /** `text_zh` or `text_en`, or any other stem. */
    said: (thing: object | null | undefined, stem: string): string => pick(thing, stem),
  }
}
