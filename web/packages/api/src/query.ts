import type { CaseFilter } from './types'

type Value = string | number | boolean | null | undefined | readonly (string | number)[]

/** Writes `?a=1&b=x,y`; leaves out what is empty, writes `true` as `1`. */
export function query(values: Record<string, Value>): string {
  const parts = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === '' || value === false) continue
    if (Array.isArray(value)) {
      if (value.length > 0) parts.set(key, value.join(','))
    } else {
      parts.set(key, value === true ? '1' : String(value))
    }
  }
  const text = parts.toString()
  return text === '' ? '' : `?${text}`
}

/** The filter as the server reads it. */
export function filterValues(filter: CaseFilter): Record<string, Value> {
  return {
    q: filter.q,
    stage: filter.stage,
    matter: filter.matter,
    source: filter.source,
    area: filter.area,
    org: filter.org,
    level: filter.level,
    mine: filter.mine,
    ask: filter.ask,
    urgency: filter.urgency,
    from: filter.from,
    to: filter.to,
    grid: filter.grid,
    supervised: filter.supervised,
    sort: filter.sort,
    bbox: filter.bbox,
  }
}
