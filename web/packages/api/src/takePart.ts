import type { Filled } from './peopleTypes'
import { query } from './query'
import type * as T from './takePartTypes'

interface Ways {
  get: <Answer>(path: string, signal?: AbortSignal) => Promise<Answer>
  json: <Answer>(method: string, path: string, ask?: { body?: unknown }) => Promise<Answer>
  blob: (path: string) => Promise<Blob>
}
const id = encodeURIComponent

/** Posts, allowances, liaison, service points, volunteers. */
export function takePartRoutes({ get, json, blob }: Ways) {
  const post = <Answer>(path: string, body: unknown = {}) => json<Answer>('POST', path, { body })
  return {
    // Anybody
    openPosts: () => get<{ posts: T.Post[]; published: T.Published[] }>('/api/public/posts'),
    apply: (of: string, form: Filled) => post<{ code: string }>(`/api/public/posts/${id(of)}/applications`, form),
    application: (code: string) => get<{ application: T.OwnApplication }>(`/api/public/applications/${id(code)}`),
    withdraw: (code: string) => post<{ application: T.OwnApplication }>(`/api/public/applications/${id(code)}/withdraw`),
    objectTo: (published: string, form: Filled) => post<unknown>(`/api/public/published/${id(published)}/objections`, form),
    servicePoints: () => get<{ places: T.PartyPlace[] }>('/api/public/service-points'),
    signUp: (form: Filled) => post<{ code: string }>('/api/public/volunteers', form),
    ownVolunteer: (code: string) => get<{ volunteer: T.OwnVolunteer }>(`/api/public/volunteers/${id(code)}`),
    offerHelp: (code: string, call: string) => post<{ volunteer: T.OwnVolunteer }>(`/api/public/volunteers/${id(code)}/offers`, { call }),
    endVolunteering: (code: string) => post<{ volunteer: T.OwnVolunteer }>(`/api/public/volunteers/${id(code)}/end`),
    certificate: (code: string) => post<T.Certificate>(`/api/public/volunteers/${id(code)}/certificate`),

    // Posts
    posts: (area?: string, signal?: AbortSignal) => get<{ posts: T.Post[] }>(`/api/posts${query({ area })}`, signal),
    post: (of: string) => get<T.PostPage>(`/api/posts/${id(of)}`),
    announce: (form: Filled) => post<T.PostPage>('/api/posts', form),
    closePost: (of: string) => post<T.PostPage>(`/api/posts/${id(of)}/close`),
    look: (application: string, form: Filled) => post<{ name: string; phone: string; about: string }>(`/api/applications/${id(application)}/look`, form),
    review: (application: string, form: Filled) => post<T.PostPage>(`/api/applications/${id(application)}/review`, form),
    confirm: (application: string, form: Filled) => post<T.PostPage>(`/api/applications/${id(application)}/confirm`, form),
    appoint: (application: string, form: Filled) => post<T.PostPage>(`/api/applications/${id(application)}/appoint`, form),
    end: (application: string) => post<T.PostPage>(`/api/applications/${id(application)}/end`),
    objection: (objection: string) => post<{ text: string | null }>(`/api/objections/${id(objection)}/look`),
    answerObjection: (objection: string, upheld: boolean) => post<T.PostPage>(`/api/objections/${id(objection)}/answer`, { upheld }),
    trainings: (person: string) => get<{ trainings: { id: string; what: string; held_on: string; hours: number; made_by: string }[] }>(`/api/people/${id(person)}/trainings`),
    train: (person: string, form: Filled) => post<unknown>(`/api/people/${id(person)}/trainings`, form),

    // Allowances
    allowances: () => get<{ sheets: T.AllowanceSheet[]; rates: T.Rate[] }>('/api/allowances'),
    allowance: (sheet: string) => get<{ sheet: { id: string; area: string; place: string; month: string; state: T.AllowanceSheet['state']; may_approve: boolean }; lines: T.AllowanceLine[] }>(`/api/allowances/${id(sheet)}`),
    compute: (form: Filled) => post<{ sheet: { id: string } }>('/api/allowances', form),
    propose: (sheet: string) => post<unknown>(`/api/allowances/${id(sheet)}/propose`),
    approve: (sheet: string) => post<unknown>(`/api/allowances/${id(sheet)}/approve`),
    payroll: (sheet: string) => blob(`/api/allowances/${id(sheet)}/payroll.xlsx`),
    answerLine: (objection: string, form: Filled) => post<unknown>(`/api/allowance-objections/${id(objection)}/answer`, form),
    myAllowances: () => get<T.MyAllowances>('/api/my/allowances'),
    objectToLine: (line: string, form: Filled) => post<T.MyAllowances>(`/api/my/allowances/${id(line)}/objections`, form),
    objectLeftOut: (sheet: string, form: Filled) => post<T.MyAllowances>(`/api/my/allowance-sheets/${id(sheet)}/objections`, form),

    // Liaison
    liaison: () => get<{ hours: T.LiaisonHours[]; items: T.LiaisonItem[] }>('/api/liaison'),
    planHours: (form: Filled) => post<unknown>('/api/liaison/hours', form),
    hoursHeld: (hours: string) => post<unknown>(`/api/liaison/hours/${id(hours)}/held`),
    raise: (form: Filled) => post<unknown>('/api/liaison/items', form),
    answerItem: (item: string, form: Filled) => post<unknown>(`/api/liaison/items/${id(item)}/answer`, form),
    meetings: () => get<{ meetings: T.MeetingRow[] }>('/api/meetings'),
    meeting: (of: string) => get<{ meeting: T.Meeting }>(`/api/meetings/${id(of)}`),
    convene: (form: Filled) => post<{ meeting: T.Meeting }>('/api/meetings', form),
    decide: (of: string, form: Filled) => post<{ meeting: T.Meeting }>(`/api/meetings/${id(of)}/decisions`, form),
    closeMeeting: (of: string) => post<{ meeting: T.Meeting }>(`/api/meetings/${id(of)}/close`),
    taskDone: (task: string) => post<{ meeting: T.Meeting }>(`/api/meeting-tasks/${id(task)}/done`),

    // Service points and volunteers
    partyPlaces: (area?: string, signal?: AbortSignal) => get<{ places: T.PartyPlace[] }>(`/api/party-places${query({ area })}`, signal),
    keepPlace: (form: Filled) => post<unknown>('/api/party-places', form),
    closePlace: (place: string) => post<unknown>(`/api/party-places/${id(place)}/close`),
    volunteers: (area?: string, signal?: AbortSignal) => get<{ volunteers: T.VolunteerRow[] }>(`/api/volunteers${query({ area })}`, signal),
    acceptVolunteer: (volunteer: string, yes: boolean) => post<unknown>(`/api/volunteers/${id(volunteer)}/accept`, { yes }),
    lookAtVolunteer: (volunteer: string, form: Filled) => post<{ name: string; phone: string }>(`/api/volunteers/${id(volunteer)}/look`, form),
    helpCalls: (area?: string, signal?: AbortSignal) => get<{ calls: T.HelpCall[] }>(`/api/help-calls${query({ area })}`, signal),
    callForHelp: (form: Filled) => post<unknown>('/api/help-calls', form),
    closeCall: (call: string) => post<unknown>(`/api/help-calls/${id(call)}/close`),
    stepOffer: (offer: string, form: Filled) => post<unknown>(`/api/help-offers/${id(offer)}/step`, form),
  }
}
