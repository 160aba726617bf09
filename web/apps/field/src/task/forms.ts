import type { CommandName, Evidence, Purpose, SubTask } from '@gridwork/api'
import type { LocalPhoto } from '@gridwork/ui/phone'
import type { Step } from './next'

/** Steps that need words or pictures; `sign`, `take` and the like are one press. */
export type DoStep = Extract<Step, 'handle' | 'make_safe' | 'verify' | 'finish_sub_task' | 'self_handle'>
const WITH_FORM: ReadonlySet<Step> = new Set<Step>(['handle', 'make_safe', 'verify', 'finish_sub_task', 'self_handle'])

export function needsForm(step: Step): step is DoStep {
  return WITH_FORM.has(step)
}

/** Evidence that is told in words. */
const TOLD: ReadonlySet<Evidence> = new Set<Evidence>(['measurement', 'checklist', 'signature', 'consent', 'call'])

export interface Need { token: Evidence; have: boolean; when: 'report' | 'handle' }

export interface Asked { after: boolean; told: Evidence[]; document: boolean; video: boolean }

/**
 * What the form of `handle` asks for. Each result brings its own evidence, also when an earlier one was sent back; only
 * a video that is there already counts again.
 */
export function askedFor(needs: readonly Need[]): Asked {
  const wanted = needs.filter((need) => need.when === 'handle')
  const has = (token: Evidence) => wanted.some((need) => need.token === token)
  return {
    after: has('photo_after'), told: wanted.map((need) => need.token).filter((token) => TOLD.has(token)), document: has('document'),
    video: wanted.some((need) => need.token === 'video' && !need.have),
  }
}

export interface Filled {
  text: string
  photos: readonly LocalPhoto[]
  told: Readonly<Record<string, string>>
  verdict: 'pass' | 'fail' | null
}

export type Gap = 'words' | 'after' | 'verdict' | 'told' | 'document' | 'video'

/** What is still missing before it can be kept; the server checks the rest. */
export function gaps(step: DoStep, asked: Asked, filled: Filled): Gap[] {
  const found: Gap[] = []
  const words = filled.text.trim() !== ''
  if (step === 'verify' && filled.verdict === null) found.push('verdict')
  const result = step === 'handle' || step === 'self_handle'
  const holds = (kind: string) => filled.photos.some((photo) => photo.blob.type.startsWith(kind))
  const says = (token: Evidence) => (filled.told[token] ?? '').trim() !== ''
  if (result) {
    if (asked.after && !filled.photos.some((photo) => photo.purpose === 'after' && photo.blob.type.startsWith('image/'))) found.push('after')
    if (asked.told.some((token) => !says(token))) found.push('told')
    if (asked.document && !says('document') && !holds('application/pdf')) found.push('document')
    if (asked.video && !holds('video/')) found.push('video')
  }
  const must = result || (step === 'verify' && filled.verdict === 'fail')
  if (must && !words) found.push('words')
  return found
}

/** The command with its body, as the outbox keeps it. */
export function commandOf(step: DoStep, filled: Filled, task: Pick<SubTask, 'id'> | null): { command: CommandName; body: object } {
  const text = filled.text.trim()
  if (step === 'verify') return { command: filled.verdict ?? 'fail', body: { text } }
  if (step === 'finish_sub_task') return { command: step, body: { sub_task: task?.id, text } }
  if (step === 'make_safe') return { command: step, body: { text } }
  const evidence = Object.fromEntries(Object.entries(filled.told).map(([token, said]) => [token, said.trim()]).filter(([, said]) => said !== ''))
  return { command: step, body: Object.keys(evidence).length > 0 ? { text, evidence } : { text } }
}

export function purposeOf(step: DoStep): Purpose {
  return step === 'make_safe' ? 'other' : 'after'
}

const DAY_MS = 86_400_000

/** The other ways on, each with what its form asks. */
export interface Way {
  command: CommandName
  reasons: 'return' | 'suspend' | null
  clause: boolean
  hours: boolean
  days: boolean
  /** The key of the body under which the words stand. */
  words: 'note' | 'reason' | 'text'
  must: boolean
  photos: boolean
}
const plain: Omit<Way, 'command'> = { reasons: null, clause: false, hours: false, days: false, words: 'note', must: false, photos: false }
export const WAYS: readonly Way[] = [
  { ...plain, command: 'note', words: 'text', must: true, photos: true },
  { ...plain, command: 'return', reasons: 'return', clause: true },
  { ...plain, command: 'dispute', reasons: 'return' },
  { ...plain, command: 'decline_sub_task', words: 'reason', must: true },
  { ...plain, command: 'request_extend', words: 'reason', must: true, hours: true },
  { ...plain, command: 'request_suspend', reasons: 'suspend', days: true },
]

export interface WayFilled { reason: string; clause: string; hours: number; days: number; text: string }

export function wayBody(way: Way, filled: WayFilled, task: Pick<SubTask, 'id'> | null, now: number): object {
  const text = filled.text.trim()
  const body: Record<string, unknown> = { [way.words]: text }
  if (way.reasons !== null) body['reason'] = filled.reason
  if (way.clause) body['clause'] = filled.clause.trim()
  if (way.hours) body['hours'] = filled.hours
  if (way.days) body['until'] = new Date(now + filled.days * DAY_MS).toISOString()
  if (way.command === 'decline_sub_task') body['sub_task'] = task?.id
  if (way.command === 'note') body['public'] = false
  return body
}

export function wayReady(way: Way, filled: WayFilled): boolean {
  return (way.reasons === null || filled.reason !== '') && (!way.clause || filled.clause.trim() !== '') && (!way.must || filled.text.trim() !== '')
}
