import { uuidv7, type BlurArea, type CaseRow, type CommandName, type NewCase } from '@gridwork/api'
import type { LocalPhoto } from '@gridwork/ui/phone'
import type { CommandEntry, OutboxPhoto, ReportEntry } from './entry'

/** What every entry begins as. */
function fresh(id: string, login: string) {
  return {
    id, login, madeAt: new Date().toISOString(), state: 'waiting' as const, faults: 0, refusal: null, sentAt: null, number: null,
  }
}

/** Plain copies: what is kept on the device must be clonable, which a reactive array is not. */
export function inSlot(photos: readonly LocalPhoto[], slot: OutboxPhoto['slot']): OutboxPhoto[] {
  return photos.map(({ areas, ...photo }) => ({ ...photo, areas: areas.map(([x, y, w, h]): BlurArea => [x, y, w, h]), slot }))
}

type About = Pick<CaseRow, 'id' | 'place_text' | 'matter'>

/** A command on a case, made here and now by `login`. */
export function commandEntry(
  login: string, about: About, title: string, command: CommandName, body: object, photos: readonly LocalPhoto[] = [],
): CommandEntry {
  return {
    ...fresh(uuidv7(), login), kind: 'command', lane: about.id, caseId: about.id, command, body,
    urgent: about.matter?.urgency === 'emergency', title, where: about.place_text ?? '', photos: inSlot(photos, 'media'),
  }
}

/** A new report; `done` are the words and pictures of what was put right on the spot. */
export function reportEntry(
  login: string, report: Omit<NewCase, 'media' | 'self_handle'>, about: { title: string; urgent: boolean },
  photos: readonly LocalPhoto[], done: { text: string; photos: readonly LocalPhoto[] } | null,
): ReportEntry {
  return {
    ...fresh(report.id, login), kind: 'report', lane: report.id, urgent: about.urgent, title: about.title, where: report.place_text ?? '',
    report, selfHandle: done?.text ?? null, photos: [...inSlot(photos, 'media'), ...(done ? inSlot(done.photos, 'self_handle') : [])],
  }
}
