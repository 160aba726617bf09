import { can } from '../state/session'

/** Pages about the people of the grids, and the rights one of which each needs. */
export const PAGES = {
  people: ['keep_people'],
  orgs: ['read_net'],
  coverage: ['keep_people'],
  posts: ['keep_people'],
  allowances: ['keep_people'],
  liaison: ['liaise'],
  volunteers: ['keep_people'],
  handovers: ['keep_people', 'work_grid', 'handle_cases'],
} as const
export type PeoplePageName = keyof typeof PAGES

/** Those of the pages that my seats open. */
export function tabs(): PeoplePageName[] {
  const names: PeoplePageName[] = ['people', 'orgs', 'coverage', 'posts', 'allowances', 'liaison', 'volunteers', 'handovers']
  return names.filter((name) => PAGES[name].some(can))
}
