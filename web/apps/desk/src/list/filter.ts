import {
  ASKS, CASE_SORTS, LEVELS, SOURCES, STAGES, URGENCIES, type CaseFilter, type CaseSort,
} from '@gridwork/api'

/** The query of an address as vue-router hands it over. */
export type AddressQuery = Record<string, string | null | (string | null)[] | undefined>

function one(value: AddressQuery[string]): string | undefined {
  const first = Array.isArray(value) ? value[0] : value
  return first === null || first === '' ? undefined : first
}

function some<T extends string>(value: AddressQuery[string], known: readonly T[]): T[] | undefined {
  const asked = one(value)?.split(',') ?? []
  const found = known.filter((word) => asked.includes(word))
  return found.length > 0 ? found : undefined
}

/** Reads a filter from an address; what is unknown is left out rather than sent on. */
export function filterFromQuery(query: AddressQuery): CaseFilter {
  const filter: CaseFilter = {}
  const put = <K extends keyof CaseFilter>(key: K, value: CaseFilter[K] | undefined) => {
    if (value !== undefined) filter[key] = value
  }
  put('q', one(query['q']))
  put('stage', some(query['stage'], STAGES))
  put('level', some(query['level'], LEVELS))
  put('ask', some(query['ask'], ASKS))
  put('source', some(query['source'], SOURCES))
  put('urgency', some(query['urgency'], URGENCIES))
  put('matter', one(query['matter'])?.split(',').filter((code) => /^[\w-]+$/.test(code)))
  put('org', one(query['org']))
  put('grid', one(query['grid']))
  put('area', one(query['area']))
  put('from', one(query['from']))
  put('to', one(query['to']))
  put('mine', one(query['mine']) === '1' ? true : undefined)
  put('supervised', one(query['supervised']) === '1' ? true : undefined)
  const sort = CASE_SORTS.find((known): known is CaseSort => known === one(query['sort']))
  put('sort', sort)
  return filter
}

/** Writes a filter as the query of an address, keys always in the same order. */
export function queryFromFilter(filter: CaseFilter): Record<string, string> {
  const out: Record<string, string> = {}
  const list = (key: string, value: readonly string[] | undefined) => {
    if (value && value.length > 0) out[key] = value.join(',')
  }
  const text = (key: string, value: string | undefined) => {
    if (value) out[key] = value
  }
  text('q', filter.q)
  list('stage', filter.stage)
  list('level', filter.level)
  list('ask', filter.ask)
  list('matter', filter.matter)
  list('source', filter.source)
  list('urgency', filter.urgency)
  text('org', filter.org)
  text('grid', filter.grid)
  text('area', filter.area)
  text('from', filter.from)
  text('to', filter.to)
  if (filter.mine) out['mine'] = '1'
  if (filter.supervised) out['supervised'] = '1'
  if (filter.sort && filter.sort !== 'due') out['sort'] = filter.sort
  return out
}

/** The same, as one comparable string: `level=red&mine=1`. Order and search words of the sort do not matter to a view. */
export function filterText(filter: CaseFilter): string {
  return new URLSearchParams(queryFromFilter(filter)).toString()
}

/** Whether two addresses of the list mean the same view (the order of rows apart). */
export function sameView(a: CaseFilter, b: CaseFilter): boolean {
  return filterText({ ...a, sort: undefined }) === filterText({ ...b, sort: undefined })
}
