import { filesRoutes } from './files'
import { peopleRoutes } from './people'
import { Problem, type ProblemBody } from './problem'
import { mattersRoutes } from './matters'
import { catalogueRoutes } from './matters-more'
import { filterValues, query } from './query'
import type * as N from './net'
import { takePartRoutes } from './takePart'
import type * as T from './types'
import { uuidv7 } from './uuid'

export interface ClientOptions {
  /** The language of sentences that come from the server. */
  language: () => string
  /** Called when the session is gone, so that the face can ask to sign in. */
  onSignedOut?: () => void
  fetch?: typeof fetch
  base?: string
}

interface Ask {
  body?: unknown
  form?: FormData
  signal?: AbortSignal | undefined
}

async function problemOf(answer: Response): Promise<Problem> {
  const wait = Number(answer.headers.get('retry-after'))
  const body: ProblemBody = await answer.json().catch(() => ({ title: answer.statusText }))
  return new Problem(answer.status, body, Number.isFinite(wait) && wait > 0 ? wait : null)
}

/** The client of every face: one function per route, typed by the contract. */
export function createClient(options: ClientOptions) {
  const base = options.base ?? ''

  async function send(method: string, path: string, ask: Ask = {}): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': options.language() }
    if (method !== 'GET') headers['X-Gridwork'] = '1'
    if (ask.body !== undefined) headers['Content-Type'] = 'application/json'
    const request: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' }
    if (ask.signal) request.signal = ask.signal
    if (ask.form) request.body = ask.form
    else if (ask.body !== undefined) request.body = JSON.stringify(ask.body)
    const ask_ = options.fetch ?? globalThis.fetch
    let answer: Response
    try {
      answer = await ask_(base + path, request)
    } catch (cause) {
      if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
      throw Problem.offline()
    }
    if (answer.ok) return answer
    const problem = await problemOf(answer)
    if (problem.code === 'session.missing') options.onSignedOut?.()
    throw problem
  }

  async function json<Answer>(method: string, path: string, ask?: Ask): Promise<Answer> {
    const answer = await send(method, path, ask)
    const text = await answer.text()
    return JSON.parse(text === '' ? '{}' : text)
  }

  const get = <Answer>(path: string, signal?: AbortSignal) => json<Answer>('GET', path, { signal })
  const post = <Answer>(path: string, body: unknown = {}) => json<Answer>('POST', path, { body })
  const blob = async (path: string): Promise<Blob> => (await send('GET', path)).blob()
  const id = encodeURIComponent

  function upload(path: string, file: Blob, blur: T.BlurArea[], purpose?: T.Purpose): Promise<T.UploadedMedia> {
    const form = new FormData()
    form.set('file', file, file instanceof File ? file.name : 'picture.jpg')
    if (blur.length > 0) form.set('blur', JSON.stringify(blur))
    if (purpose) form.set('purpose', purpose)
    return json('POST', path, { form })
  }

  return {
    staff: peopleRoutes({ get, json, blob }),
    part: takePartRoutes({ get, json, blob }),

    // Anybody
    ready: () => get<{ status: string }>('/healthz'),
    city: () => get<T.City>('/api/public/city'),
    publicMatters: () => get<{ categories: T.PublicCategory[] }>('/api/public/matters'),
    suggestPublicMatter: (text: string) =>
      post<{ suggestions: T.MatterSuggestion[] }>('/api/public/suggest-matter', { text }),
    locate: (lon: number, lat: number, signal?: AbortSignal) =>
      get<T.Located>(`/api/public/locate${query({ lon, lat })}`, signal),
    places: (q: string, limit = 8, signal?: AbortSignal) =>
      get<{ places: T.Place[] }>(`/api/public/places${query({ q, limit })}`, signal),
    nearby: (at: { lon: number; lat: number; matter?: string | null; text?: string; media?: string | null }) =>
      get<{ cases: T.NearbyCase[] }>(`/api/public/nearby${query({ ...at })}`),
    uploadPublicMedia: (file: Blob, blur: T.BlurArea[] = []) => upload('/api/public/media', file, blur),
    report: (report: T.PublicReport) => post<T.ReportReceipt>('/api/public/reports', report),
    follow: (caseId: string, body: { id: string; name: string | null; phone: string | null }) =>
      post<{ progress_code: string; link: string; number: string }>(`/api/public/cases/${id(caseId)}/follow`, body),
    progress: (code: string) => get<T.Progress>(`/api/public/progress/${id(code)}`),
    progressCommand: <C extends T.PublicCommand>(code: string, command: C, body: T.PublicCommandBodies[C], key = uuidv7()) =>
      post<T.Progress>(`/api/public/progress/${id(code)}/commands`, { id: key, command, body }),
    openCases: (bbox: T.Bounds) => get<{ cases: T.OpenCase[] }>(`/api/public/open${query({ bbox })}`),

    // Session
    signIn: (login: string, password: string, code: string | null) =>
      post<{ me: T.Me }>('/api/session', { login, password, code }),
    signOut: () => json<unknown>('DELETE', '/api/session'),
    signOutEverywhere: () => json<unknown>('DELETE', '/api/sessions'),
    sessions: () => get<{ sessions: T.SessionRow[] }>('/api/sessions'),
    me: () => get<{ me: T.Me }>('/api/me'),
    changePassword: (old: string, fresh: string) => post<unknown>('/api/me/password', { old, new: fresh }),
    startTotp: () => post<{ secret: string; otpauth_url: string }>('/api/me/totp'),
    confirmTotp: (code: string) => json<unknown>('PUT', '/api/me/totp', { body: { code } }),
    removeTotp: (password: string) => json<unknown>('DELETE', '/api/me/totp', { body: { password } }),

    // Cases
    cases: (filter: T.CaseFilter, page: { limit?: number; after?: string | null } = {}, signal?: AbortSignal) =>
      get<T.CaseList>(`/api/cases${query({ ...filterValues(filter), limit: page.limit, after: page.after })}`, signal),
    caseCounts: (filter: T.CaseFilter, signal?: AbortSignal) =>
      get<T.CaseCounts>(`/api/cases/counts${query(filterValues(filter))}`, signal),
    exportUrl: (filter: T.CaseFilter) => `${base}/api/cases/export.xlsx${query(filterValues(filter))}`,
    exportCases: async (filter: T.CaseFilter) =>
      (await send('GET', `/api/cases/export.xlsx${query(filterValues(filter))}`)).blob(),
    caseById: (idOrNumber: string, signal?: AbortSignal) => get<T.CasePage>(`/api/cases/${id(idOrNumber)}`, signal),
    createCase: (body: T.NewCase) => post<T.NewCaseReceipt>('/api/cases', body),
    duplicates: (caseId: string) => get<{ cases: T.DuplicateCase[] }>(`/api/cases/${id(caseId)}/duplicates`),
    /** Like open cases around a place, for staff entering a report. */
    likeCases: (at: { lon: number; lat: number; matter?: string | null; text?: string; media?: string | null }) =>
      get<{ cases: T.DuplicateCase[] }>(`/api/cases/nearby${query({ ...at })}`),
    units: (caseId: string) => get<{ units: T.UnitChoice[] }>(`/api/cases/${id(caseId)}/units`),
    orgs: (q: string, area?: string) => get<{ orgs: T.Org[] }>(`/api/orgs${query({ q, area })}`),
    people: (org: string) => get<{ people: T.Person[] }>(`/api/orgs/${id(org)}/people`),
    reporter: (caseId: string, purpose: string, note: string) =>
      post<{ name: string | null; phone: string | null }>(`/api/cases/${id(caseId)}/reporter`, { purpose, note }),
    purposes: () => get<{ purposes: ({ code: string } & T.Named)[] }>('/api/purposes'),
    command: <C extends T.CommandName>(
      caseId: string, command: C, body: T.CommandBodies[C],
      meta: { id?: string; at?: string | null; version?: number | null } = {},
    ) =>
      post<T.CasePage>(`/api/cases/${id(caseId)}/commands`, {
        id: meta.id ?? uuidv7(), command, at: meta.at ?? null, version: meta.version ?? null, body,
      }),
    /** A command whose body was filled in by a form; the server checks it field by field. */
    commandForm: (caseId: string, command: string, body: Record<string, unknown>, version: number | null, key = uuidv7()) =>
      post<T.CasePage>(`/api/cases/${id(caseId)}/commands`, { id: key, command, at: null, version, body }),
    bulk: (command: 'dispatch' | 'remind' | 'accept', cases: string[], body: unknown, key = uuidv7()) =>
      post<T.BulkAnswer>('/api/cases/bulk', { id: key, command, cases, body }),
    reasons: () => get<{ reasons: T.Reasons }>('/api/reasons'),
    views: () => get<{ views: T.SavedView[] }>('/api/views'),
    saveView: (name: string, filter: string, key = uuidv7()) =>
      post<T.SavedView>('/api/views', { id: key, name, query: filter }),
    removeView: (view: string) => json<unknown>('DELETE', `/api/views/${id(view)}`),
    overview: (area?: string) => get<T.Overview>(`/api/overview${query({ area })}`),
    search: (q: string, signal?: AbortSignal) => get<T.SearchAnswer>(`/api/search${query({ q })}`, signal),
    divisions: (parent?: string) => get<{ divisions: T.Division[] }>(`/api/divisions${query({ parent })}`),
    grid: (code: string) => get<{ grid: T.Grid }>(`/api/grids/${id(code)}`),
    gridHistory: (code: string) => get<N.GridHistory>(`/api/grids/${id(code)}/history`),

    // Drafts of the net, and the net's past
    nets: () => get<{ nets: N.NetLine[] }>('/api/nets'),
    locateThen: (lon: number, lat: number, at?: string, signal?: AbortSignal) =>
      get<N.LocatedThen>(`/api/locate${query({ lon, lat, at })}`, signal),
    netDrafts: (asked: { state?: string; q?: string; before?: string }, signal?: AbortSignal) =>
      get<{ drafts: N.Draft[]; next: string | null }>(`/api/net/drafts${query(asked)}`, signal),
    openNetDraft: (name: string, what: string, area: string, key = uuidv7()) =>
      post<N.DraftPage>('/api/net/drafts', { id: key, name, what, area }),
    netDraft: (draft: string, signal?: AbortSignal) => get<N.DraftPage>(`/api/net/drafts/${id(draft)}`, signal),
    netDraftCommunity: (draft: string, community: string, signal?: AbortSignal) =>
      get<{ community: N.CommunityDrawn; around: N.CommunityDrawn[] }>(`/api/net/drafts/${id(draft)}/communities/${id(community)}`, signal),
    netComparison: (draft: string, signal?: AbortSignal) => get<N.NetComparison>(`/api/net/drafts/${id(draft)}/comparison`, signal),
    editNetDraft: (draft: string, version: number, edits: N.NetEdit[], key = uuidv7()) =>
      post<N.DraftPage & { communities: N.CommunityDrawn[] }>(`/api/net/drafts/${id(draft)}/edits`, { id: key, edits, version }),
    moveNetCursor: (draft: string, version: number, to: number) =>
      post<N.DraftPage>(`/api/net/drafts/${id(draft)}/cursor`, { to, version }),
    submitNetDraft: (draft: string, effect_at: string) => post<N.DraftPage>(`/api/net/drafts/${id(draft)}/submit`, { effect_at }),
    decideNetDraft: (draft: string, approve: boolean, said: string) =>
      post<N.DraftPage>(`/api/net/drafts/${id(draft)}/decision`, { approve, words: said }),
    takeBackNetDraft: (draft: string) => post<N.DraftPage>(`/api/net/drafts/${id(draft)}/take-back`),
    rebaseNetDraft: (draft: string) => post<N.DraftPage>(`/api/net/drafts/${id(draft)}/rebase`),
    withdrawNetDraft: (draft: string) => post<N.DraftPage>(`/api/net/drafts/${id(draft)}/withdraw`),
    undoNetDraft: (draft: string, name: string, key = uuidv7()) =>
      post<N.DraftPage>(`/api/net/drafts/${id(draft)}/undo`, { id: key, name }),

    matters: () => get<{ categories: T.Category[] }>('/api/matters'),
    suggestMatter: (text: string) => post<{ suggestions: T.MatterSuggestion[] }>('/api/matters/suggest', { text }),
    uploadMedia: (file: Blob, purpose: T.Purpose, blur: T.BlurArea[] = []) => upload('/api/media', file, blur, purpose),
    blurMedia: (media: string, areas: T.BlurArea[]) =>
      post<{ id: string; url: string; thumb_url: string }>(`/api/media/${id(media)}/blur`, { areas }),

    // Files
    ...filesRoutes(get, json, base),

    // Field
    today: () => get<T.FieldToday>('/api/field/today'),

    // Matters that may be put on grids
    ...mattersRoutes({ get, post, json }),
    ...catalogueRoutes({ get, post, json }),

    // Only in builds with the controlled clock
    testClock: () => get<{ now: string }>('/api/test/clock'),
    advanceTestClock: (advance_s: number) => post<{ now: string; fired: number }>('/api/test/clock', { advance_s }),
  }
}

export type Client = ReturnType<typeof createClient>
