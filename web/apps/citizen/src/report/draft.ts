import { uuidv7, type PublicReport } from '@gridwork/api'
import type { LocalPhoto } from '@gridwork/ui/phone'

export interface DraftPlace {
  lon: number
  lat: number
  /** In which grid that is, once the server has said so. */
  text: string
  inside: boolean
}

/** A report not yet sent, as it lies on this device. */
export interface Draft {
  /** Made once: however often the report is sent, it is the same report. */
  id: string
  text: string
  matter: string | null
  /** The person said that no suggested matter fits. */
  noneFits: boolean
  place: DraftPlace | null
  placeText: string
  photos: LocalPhoto[]
  answers: Record<string, string>
  name: string
  phone: string
  callBack: boolean
  hidePhone: boolean
  /** Bodies that were sent and never answered: any of them may have arrived. */
  tried: PublicReport[]
}

export function emptyDraft(): Draft {
  return {
    id: uuidv7(), text: '', matter: null, noneFits: false, place: null, placeText: '', photos: [], answers: {},
    name: '', phone: '', callBack: false, hidePhone: true, tried: [],
  }
}

/** Whether there is anything in it worth keeping. */
export function isBlank(draft: Draft): boolean {
  return draft.text.trim() === '' && draft.photos.length === 0 && draft.place === null && draft.placeText.trim() === ''
}

const orNull = (text: string) => (text.trim() === '' ? null : text.trim())

/** The report as the server takes it; pictures that have not arrived are left out. */
export function asReport(draft: Draft): PublicReport {
  const answers = Object.fromEntries(Object.entries(draft.answers).filter(([, answer]) => answer.trim() !== ''))
  return {
    id: draft.id,
    text: draft.text.trim(),
    matter: draft.noneFits ? null : draft.matter,
    lon: draft.place?.lon ?? null,
    lat: draft.place?.lat ?? null,
    place_text: orNull(draft.placeText),
    media: draft.photos.flatMap((photo) => (photo.mediaId === null ? [] : [photo.mediaId])),
    name: orNull(draft.name),
    phone: orNull(draft.phone),
    call_back: draft.callBack,
    hide_phone: draft.hidePhone,
    answers: draft.matter === null || draft.noneFits ? {} : answers,
  }
}
