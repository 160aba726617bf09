import { uuidv7, type Evidence, type Matter, type NewCase, type Purpose } from '@gridwork/api'
import type { LocalPhoto } from '@gridwork/ui/phone'

export interface DraftPlace {
  lon: number
  lat: number
  /** Metres, where the device said so; a point set by hand has none. */
  accuracy_m: number | null
  /** In which grid that is, once the server has said so. */
  text: string
  grid: string | null
  inside: boolean
}

/** A worker's report not yet sent, as it lies on this device. */
export interface Draft {
  id: string
  photos: LocalPhoto[]
  place: DraftPlace | null
  placeText: string
  text: string
  matter: string | null
  /** Put right on the spot. */
  done: boolean
  doneText: string
  donePhotos: LocalPhoto[]
}

export function emptyDraft(): Draft {
  return { id: uuidv7(), photos: [], place: null, placeText: '', text: '', matter: null, done: false, doneText: '', donePhotos: [] }
}

/** Whether there is anything in it that somebody made (a place alone is made by the device). */
export function isBlank(draft: Draft): boolean {
  return draft.photos.length === 0 && draft.text.trim() === '' && draft.matter === null && draft.placeText.trim() === ''
}

export const PHOTO_TOKENS = ['photo_near', 'photo_far', 'photo_ref'] as const satisfies readonly Evidence[]
export type PhotoToken = (typeof PHOTO_TOKENS)[number]
export const PURPOSE: Record<PhotoToken, Purpose> = { photo_near: 'near', photo_far: 'far', photo_ref: 'ref' }

/** The pictures a matter asks of whoever reports it. */
export function picturesAsked(matter: Matter | null): PhotoToken[] {
  if (!matter) return ['photo_near']
  return PHOTO_TOKENS.filter((token) => matter.evidence.includes(token))
}

/** How many of them are still missing. */
export function picturesMissing(draft: Draft, matter: Matter | null): number {
  return picturesAsked(matter).filter((token) => !draft.photos.some((photo) => photo.purpose === PURPOSE[token])).length
}

/** Evidence that a report from the spot cannot carry; such a matter is reported first and handled on its own page. */
const NOT_AT_ONCE: ReadonlySet<Evidence> = new Set<Evidence>(['measurement', 'checklist', 'signature', 'consent', 'call', 'document', 'video'])

/** Whether a matter may be put right and reported in one step. */
export function doneAtOnce(matter: Matter | null): boolean {
  return matter?.self_handle === true && !matter.evidence.some((token) => NOT_AT_ONCE.has(token))
}

export type Gap = 'what' | 'place' | 'done_photo' | 'done_text'

/** What keeps it from being sent at all. A missing picture never does; it can follow. */
export function gaps(draft: Draft, matter: Matter | null): Gap[] {
  const found: Gap[] = []
  if (draft.text.trim().length < 2 && draft.matter === null) found.push('what')
  if (draft.place === null && draft.placeText.trim() === '') found.push('place')
  if (draft.done) {
    if ((matter?.evidence ?? ['photo_after']).includes('photo_after') && draft.donePhotos.length === 0) found.push('done_photo')
    if (draft.doneText.trim() === '') found.push('done_text')
  }
  return found
}

const orNull = (text: string) => (text.trim() === '' ? null : text.trim())

/** The report as the server takes it, but for its pictures; with no words the matter's name speaks. */
export function asReport(draft: Draft, matterName: string): Omit<NewCase, 'media' | 'self_handle'> {
  const said = draft.text.trim()
  return {
    id: draft.id, text: said.length >= 2 ? said : matterName, matter: draft.matter, lon: draft.place?.lon ?? null, lat: draft.place?.lat ?? null,
    place_text: orNull(draft.placeText), source: 'worker', external_number: null, name: null, phone: null, call_back: false, hide_phone: false, answers: {},
  }
}
