import { createClient } from '@gridwork/api'
import { createWords, setLanguage, type Language } from '@gridwork/i18n'
import caseEn from '../../../packages/i18n/locales/case.en.json'
import caseZh from '../../../packages/i18n/locales/case.zh-CN.json'
import fieldEn from '../../../packages/i18n/locales/field.en.json'
import fieldZh from '../../../packages/i18n/locales/field.zh-CN.json'
import phoneEn from '../../../packages/i18n/locales/phone.en.json'
import phoneZh from '../../../packages/i18n/locales/phone.zh-CN.json'
import timeEn from '../../../packages/i18n/locales/time.en.json'
import timeZh from '../../../packages/i18n/locales/time.zh-CN.json'
import uiEn from '../../../packages/i18n/locales/ui.en.json'
import uiZh from '../../../packages/i18n/locales/ui.zh-CN.json'
import { watchedFetch } from './shared/reach'
import { signedOut } from './shared/session'

export const words = createWords({
  'zh-CN': [timeZh, caseZh, uiZh, phoneZh, fieldZh],
  en: [timeEn, caseEn, uiEn, phoneEn, fieldEn],
})

export const client = createClient({ language: () => words.global.locale.value, onSignedOut: signedOut, fetch: watchedFetch })

export function speak(language: Language): void {
  setLanguage(words, language)
}
