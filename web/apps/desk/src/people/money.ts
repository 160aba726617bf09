import type { AllowanceLine } from '@gridwork/api'
import { useI18n } from 'vue-i18n'
import { dayOf } from './days'

/** Cents as yuan, and what shows that a line is right. */
export function useMoney() {
  const { locale } = useI18n({ useScope: 'global' })
  const yuan = (cents: number): string => new Intl.NumberFormat(locale.value, { style: 'currency', currency: 'CNY' }).format(cents / 100)
  const evidence = (line: AllowanceLine): string => line.evidence.map((one) => (/^\d{4}-\d\d-\d\dT/.test(one) ? dayOf(one) : one)).join(' ')
  return { yuan, evidence }
}
