import { createClient } from '@gridwork/api'
import { createWords, setLanguage, type Language } from '@gridwork/i18n'
import caseEn from '../../../packages/i18n/locales/case.en.json'
import caseZh from '../../../packages/i18n/locales/case.zh-CN.json'
import citizenEn from '../../../packages/i18n/locales/citizen.en.json'
import citizenZh from '../../../packages/i18n/locales/citizen.zh-CN.json'
import joinEn from '../../../packages/i18n/locales/join.en.json'
import joinZh from '../../../packages/i18n/locales/join.zh-CN.json'
import phoneEn from '../../../packages/i18n/locales/phone.en.json'
import phoneZh from '../../../packages/i18n/locales/phone.zh-CN.json'
import timeEn from '../../../packages/i18n/locales/time.en.json'
import timeZh from '../../../packages/i18n/locales/time.zh-CN.json'
import uiEn from '../../../packages/i18n/locales/ui.en.json'
import uiZh from '../../../packages/i18n/locales/ui.zh-CN.json'

export const words = createWords({
  'zh-CN': [timeZh, caseZh, uiZh, phoneZh, citizenZh, joinZh],
  en: [timeEn, caseEn, uiEn, phoneEn, citizenEn, joinEn],
})

export const client = createClient({ language: () => words.global.locale.value })

export function speak(language: Language): void {
  setLanguage(words, language)
}
