import { createWords } from '@gridwork/i18n'
import caseEn from '../../../packages/i18n/locales/case.en.json'
import caseZh from '../../../packages/i18n/locales/case.zh-CN.json'
import deskEn from '../../../packages/i18n/locales/desk.en.json'
import deskZh from '../../../packages/i18n/locales/desk.zh-CN.json'
import filesEn from '../../../packages/i18n/locales/files.en.json'
import filesZh from '../../../packages/i18n/locales/files.zh-CN.json'
import mattersEn from '../../../packages/i18n/locales/matters.en.json'
import mattersZh from '../../../packages/i18n/locales/matters.zh-CN.json'
import netEn from '../../../packages/i18n/locales/net.en.json'
import netZh from '../../../packages/i18n/locales/net.zh-CN.json'
import peopleEn from '../../../packages/i18n/locales/people.en.json'
import peopleZh from '../../../packages/i18n/locales/people.zh-CN.json'
import timeEn from '../../../packages/i18n/locales/time.en.json'
import timeZh from '../../../packages/i18n/locales/time.zh-CN.json'
import uiEn from '../../../packages/i18n/locales/ui.en.json'
import uiZh from '../../../packages/i18n/locales/ui.zh-CN.json'

export const words = createWords({
  'zh-CN': [timeZh, uiZh, caseZh, deskZh, mattersZh, filesZh, netZh, peopleZh],
  en: [timeEn, uiEn, caseEn, deskEn, mattersEn, filesEn, netEn, peopleEn],
})
