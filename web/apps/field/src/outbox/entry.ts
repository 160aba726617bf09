import type { CommandBodies, CommandName, NewCase } from '@gridwork/api'
import type { LocalPhoto } from '@gridwork/ui/phone'

/** A picture of an entry; `slot` says into which list of the body it goes. */
export interface OutboxPhoto extends LocalPhoto { slot: 'media' | 'self_handle' }

export interface Refusal { code: string; detail: string; status: number }

interface Common {
  /** The id of the command or report, made once on this device. */
  id: string
  /** Who wrote it: only this person sends it. */
  login: string
  /** What is sent in order belongs together: a case, or the report by itself. */
  lane: string
  madeAt: string
  /** Danger goes first. */
  urgent: boolean
  /** What it is about and where, for the list. */
  title: string
  where: string
  photos: OutboxPhoto[]
  state: 'waiting' | 'parked' | 'sent'
  /** Times the server itself failed on it (not the network). */
  faults: number
  refusal: Refusal | null
  sentAt: string | null
  /** The number the server gave, where it gave one. */
  number: string | null
}

export interface CommandEntry extends Common {
  kind: 'command'
  caseId: string
  command: CommandName
  /** The body without its pictures. */
  body: object
}

export interface ReportEntry extends Common {
  kind: 'report'
  report: Omit<NewCase, 'media' | 'self_handle'>
  /** Words about what was put right on the spot. */
  selfHandle: string | null
}

export type OutboxEntry = CommandEntry | ReportEntry

const WITH_MEDIA: ReadonlySet<CommandName> = new Set([
  'handle', 'make_safe', 'self_handle', 'pass', 'fail', 'finish_sub_task', 'note',
])

/** A refused entry's two ways on: the first that helps, and dropping it. */
export type Remedy = 'note' | 'again'

/**
 * What helps a parked entry. What the case has outrun can still be added to it as a note; what the server stumbled
 * over, or a right that may have been given since, is worth another try.
 */
export function remedyFor(entry: OutboxEntry): Remedy {
  const outrun = entry.kind === 'command' && entry.refusal?.status === 409 && entry.command !== 'note'
  const worthKeeping = entry.photos.length > 0 || (entry.kind === 'command' && noteText(entry) !== '')
  return outrun && worthKeeping ? 'note' : 'again'
}

/** The words of a command, which a note can carry on. */
export function noteText(entry: CommandEntry): string {
  for (const key of ['text', 'note', 'reason']) {
    const said: unknown = Reflect.get(entry.body, key)
    if (typeof said === 'string' && said.trim() !== '') return said
  }
  return ''
}

function isBody(thing: object, command: CommandName): thing is CommandBodies[CommandName] {
  return command !== undefined && thing !== null
}

const refs = (photos: readonly OutboxPhoto[], slot: OutboxPhoto['slot']) => photos
  .filter((photo) => photo.slot === slot && photo.mediaId !== null)
  .map(({ mediaId, purpose }) => ({ id: mediaId ?? '', purpose }))

/** The body of a command with its pictures, as the server takes it. */
export function commandBody(entry: CommandEntry): CommandBodies[CommandName] {
  const media = refs(entry.photos, 'media')
  const listed = entry.command === 'handle' || entry.command === 'self_handle' || entry.command === 'make_safe' ? media : media.map((one) => one.id)
  const body = WITH_MEDIA.has(entry.command) ? { ...entry.body, media: listed } : entry.body
  if (!isBody(body, entry.command)) throw new TypeError(entry.command)
  return body
}

/** The report with its pictures, as the server takes it. */
export function reportBody(entry: ReportEntry): NewCase {
  const done = entry.selfHandle === null ? null : { text: entry.selfHandle, media: refs(entry.photos, 'self_handle') }
  return { ...entry.report, media: refs(entry.photos, 'media'), self_handle: done }
}
