import type { PersonPage } from '@gridwork/api'
import { useNamed } from '@gridwork/i18n'
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { can } from '../state/session'
import type { Field, Values } from './fields'
import { GRID_POSTS, KINDS, LEAVES, PURPOSES, ROLES } from './words'

/** What can be done with a person. */
export type Asked = 'change' | 'appoint' | 'leave' | 'end' | 'phone' | 'account' | 'depart' | 'shut'
interface Form { fields: ComputedRef<Field[]>; first?: ComputedRef<Values>; shown?: ComputedRef<Record<string, string>> }

/** What is asked for by each thing that can be done with a person. */
export function usePersonForms(person: ComputedRef<PersonPage | null>) {
  const { t } = useI18n()
  const { named } = useNamed()
  const option = (stem: 'role' | 'service' | 'leave' | 'purpose') => (value: string) => ({ value, text: t(`people.${stem}.${value}`) })
  const roles = computed(() => (can('manage_rights') ? ROLES : GRID_POSTS).map(option('role')))
  const none: Form = { fields: computed(() => []) }
  const forms: Record<Asked, Form> = {
    change: {
      fields: computed(() => [
        { name: 'name', label: t('people.person.name'), kind: 'text' },
        { name: 'staff_no', label: t('people.person.staff_no'), kind: 'text', optional: true },
        { name: 'phone', label: t('people.person.phone'), kind: 'text', optional: true, note: t('people.person.phone_stays') },
        { name: 'org', label: t('people.person.org'), kind: 'unit', optional: true },
      ]),
      first: computed(() => ({ name: person.value?.name ?? '', staff_no: person.value?.staff_no ?? '', org: person.value?.org?.id ?? '' })),
      shown: computed(() => ({ org: named(person.value?.org) })),
    },
    appoint: {
      fields: computed(() => [
        { name: 'role', label: t('people.seat.role'), kind: 'choice', options: roles.value },
        { name: 'kind', label: t('people.seat.kind'), kind: 'choice', options: KINDS.map(option('service')) },
        { name: 'grid', label: t('people.seat.grid'), kind: 'grid', optional: true, note: t('people.seat.grid_note') },
        { name: 'area', label: t('people.seat.area'), kind: 'place', optional: true },
        { name: 'org', label: t('people.seat.org'), kind: 'unit', optional: true },
        { name: 'from', label: t('people.seat.from'), kind: 'moment', optional: true, note: t('people.seat.from_note') },
        { name: 'to', label: t('people.seat.to'), kind: 'moment', optional: true },
      ]),
      first: computed(() => ({ kind: 'full_time', org: person.value?.org?.id ?? '' })),
      shown: computed(() => ({ org: named(person.value?.org) })),
    },
    leave: {
      fields: computed(() => [
        { name: 'kind', label: t('people.leave.kind'), kind: 'choice', options: LEAVES.map(option('leave')) },
        { name: 'from', label: t('people.leave.from'), kind: 'moment' },
        { name: 'to', label: t('people.leave.to'), kind: 'moment' },
        { name: 'stand_in', label: t('people.leave.stand_in'), kind: 'person', optional: true, note: t('people.leave.stand_in_note') },
      ]),
    },
    end: {
      fields: computed(() => [
        { name: 'at', label: t('people.seat.end_at'), kind: 'moment', optional: true, note: t('people.seat.end_note') },
        { name: 'reason', label: t('people.seat.end_reason'), kind: 'text', optional: true },
      ]),
    },
    phone: {
      fields: computed(() => [
        { name: 'purpose', label: t('people.purpose.label'), kind: 'choice', options: PURPOSES.map(option('purpose')) },
        { name: 'note', label: t('people.purpose.note'), kind: 'text', optional: true },
      ]),
    },
    account: {
      fields: computed(() => (person.value?.account ? [] : [{ name: 'login', label: t('people.account.login'), kind: 'text', optional: Boolean(person.value?.staff_no), note: t('people.account.login_note') }])),
    },
    depart: none,
    shut: none,
  }
  return forms
}
