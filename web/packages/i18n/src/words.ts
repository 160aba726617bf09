import { createI18n, type I18n } from 'vue-i18n'

export const LANGUAGES = ['zh-CN', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
/** Sentences by flat key, as the files in `locales/` hold them. */
export type Messages = Record<string, string>

const KEPT = 'gridwork.language'

function asLanguage(tag: string | null | undefined): Language | null {
  if (!tag) return null
  if (tag.toLowerCase().startsWith('zh')) return 'zh-CN'
  return tag.toLowerCase().startsWith('en') ? 'en' : null
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT)
  } catch {
    return null
  }
}

/** `?lang=`, else what was chosen before, else the browser's wish, else Chinese. */
export function readLanguage(): Language {
  const asked = asLanguage(new URLSearchParams(globalThis.location?.search ?? '').get('lang'))
  return asked ?? asLanguage(kept()) ?? asLanguage(globalThis.navigator?.language) ?? 'zh-CN'
}

/** Changes the language of a running face, and of the next visit. */
export function setLanguage(words: Words, language: Language): void {
  words.global.locale.value = language
  document.documentElement.lang = language
  try {
    localStorage.setItem(KEPT, language)
  } catch {
    // A browser that keeps nothing still changes now.
  }
}

/** Spelled out: the inferred type is too deep for callers to use. */
export type Words = I18n<Record<Language, Messages>, Record<string, never>, Record<string, never>, Language, false>

/** The vue-i18n of a face, from the message files of the domains it shows. */
export function createWords(domains: Record<Language, Messages[]>, language: Language = readLanguage()): Words {
  if (globalThis.document) document.documentElement.lang = language
  return createI18n({
    legacy: false,
    locale: language,
    fallbackLocale: 'zh-CN',
    flatJson: true,
    missingWarn: false,
    fallbackWarn: false,
    messages: {
      'zh-CN': Object.assign({}, ...domains['zh-CN']),
      en: Object.assign({}, ...domains.en),
    },
  })
}
