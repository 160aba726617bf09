import type * as P from './peopleTypes'
import { query } from './query'

interface Ways {
  get: <Answer>(path: string, signal?: AbortSignal) => Promise<Answer>
  json: <Answer>(method: string, path: string, ask?: { body?: unknown; form?: FormData }) => Promise<Answer>
  blob: (path: string) => Promise<Blob>
}

const id = encodeURIComponent

function sheet(file: Blob): { form: FormData } {
  const form = new FormData()
  form.set('file', file)
  return { form }
}

/** People, units and what belongs to them. */
export function peopleRoutes({ get, json, blob }: Ways) {
  const post = <Answer>(path: string, body: unknown = {}) => json<Answer>('POST', path, { body })
  const put = <Answer>(path: string, body: unknown) => json<Answer>('PUT', path, { body })
  return {
    list: (filter: P.PeopleFilter, after?: string | null, limit = 50, signal?: AbortSignal) =>
      get<{ people: P.PersonRow[]; total: number; after: string | null }>(`/api/people${query({ ...filter, after, limit })}`, signal),
    one: (person: string) => get<{ person: P.PersonPage }>(`/api/people/${id(person)}`),
    enter: (form: P.Filled) => post<{ person: P.PersonPage }>('/api/people', form),
    change: (person: string, form: P.Filled) => put<{ person: P.PersonPage }>(`/api/people/${id(person)}`, form),
    depart: (person: string) => post<unknown>(`/api/people/${id(person)}/departure`),
    appoint: (person: string, form: P.Filled) => post<{ person: P.PersonPage }>(`/api/people/${id(person)}/appointments`, form),
    endSeat: (seat: string, form: P.Filled) => post<unknown>(`/api/appointments/${id(seat)}/end`, form),
    leave: (person: string, form: P.Filled) => post<{ person: P.PersonPage }>(`/api/people/${id(person)}/leaves`, form),
    callOff: (leave: string) => post<{ person: P.PersonPage }>(`/api/leaves/${id(leave)}/call-off`),
    phone: (person: string, form: P.Filled) => post<{ phone: string }>(`/api/people/${id(person)}/phone`, form),
    openAccount: (person: string, login: string | null) => post<{ login: string; password: string }>(`/api/people/${id(person)}/account`, { login }),
    closeAccount: (person: string) => json<unknown>('DELETE', `/api/people/${id(person)}/account`),
    importPeople: (file: Blob, tryOnly: boolean) => json<P.PeopleSheetReport>('POST', `/api/people/import${query({ try_only: tryOnly ? 'true' : 'false' })}`, sheet(file)),
    exportPeople: (filter: P.PeopleFilter) => blob(`/api/people/export.xlsx${query({ ...filter })}`),
    exports: () => get<{ exports: P.PeopleExport[] }>('/api/people-exports'),
    askExport: (form: P.Filled) => post<unknown>('/api/people-exports', form),
    decideExport: (wish: string, approve: boolean) => post<unknown>(`/api/people-exports/${id(wish)}/decision`, { approve }),
    takeExport: (wish: string) => blob(`/api/people-exports/${id(wish)}/people.xlsx`),
    orgs: (filter: { q?: string; area?: string; kind?: string; level?: string }, after?: string | null, signal?: AbortSignal) =>
      get<{ orgs: P.OrgRow[]; total: number; after: string | null }>(`/api/orgs/all${query({ ...filter, after })}`, signal),
    org: (unit: string) => get<{ org: P.OrgPage }>(`/api/orgs/${id(unit)}`),
    foundOrg: (form: P.Filled) => post<{ org: P.OrgPage }>('/api/orgs', form),
    changeOrg: (unit: string, form: P.Filled) => put<{ org: P.OrgPage }>(`/api/orgs/${id(unit)}`, form),
    closeOrg: (unit: string) => post<unknown>(`/api/orgs/${id(unit)}/close`),
    importOrgs: (file: Blob, tryOnly: boolean) => json<P.PeopleSheetReport>('POST', `/api/orgs/import${query({ try_only: tryOnly ? 'true' : 'false' })}`, sheet(file)),
    coverage: (filter: { area?: string | undefined; state?: string }, after?: string | null, signal?: AbortSignal) =>
      get<{ grids: P.CoveredGrid[]; counts: Record<P.Coverage, number>; after: string | null }>(`/api/coverage${query({ ...filter, after })}`, signal),
    coverageMap: (area?: string, signal?: AbortSignal) =>
      get<{ states: Partial<Record<P.Coverage, [string, number, number][]>> }>(`/api/coverage/map${query({ area })}`, signal),
    load: (area?: string, after?: string | null, signal?: AbortSignal) =>
      get<{ people: P.LoadRow[]; after: string | null }>(`/api/coverage/people${query({ area, after })}`, signal),
    handovers: () => get<{ handovers: P.Handover[] }>('/api/handovers'),
    handover: (sheet_: string) => get<{ handover: P.Handover }>(`/api/handovers/${id(sheet_)}`),
    drawUp: (form: P.Filled) => post<{ handover: P.Handover }>('/api/handovers', form),
    signHandover: (sheet_: string) => post<{ handover: P.Handover; stayed: { number: string; code: string }[] }>(`/api/handovers/${id(sheet_)}/sign`),
    exportOrgs: (filter: { q?: string; area?: string }) => blob(`/api/orgs/export.xlsx${query({ ...filter })}`),
  }
}
