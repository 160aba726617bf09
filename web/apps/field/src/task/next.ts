import type { CaseAction, CaseDetail, CommandName } from '@gridwork/api'

/** What a worker does with a case on the phone, in the order in which one thing is offered before another. */
const ORDER = ['sign', 'make_safe', 'finish_sub_task', 'handle', 'take', 'verify', 'self_handle', 'whistle_sign_in'] as const
export type Step = (typeof ORDER)[number]

/** Commands after which nothing more is done here until the server has answered. */
const LAST: ReadonlySet<CommandName> = new Set([
  'handle', 'pass', 'fail', 'finish_sub_task', 'decline_sub_task', 'self_handle', 'return', 'dispute', 'hand_over', 'request_suspend',
])

function stepOf(command: string): Step | null {
  if (command === 'pass') return 'verify'
  return ORDER.find((step) => step === command) ?? null
}

/**
 * The one thing to do now: what the server allows, moved on by what already waits in the outbox, so that a whole case can
 * be worked through with no network. `null` when nothing is to be done here.
 */
export function nextStep(page: { case: Pick<CaseDetail, 'make_safe'>; actions: readonly CaseAction[] }, queued: readonly CommandName[]): Step | null {
  if (queued.some((command) => LAST.has(command))) return null
  const can = new Set(page.actions.filter((action) => action.allowed).map((action) => stepOf(action.command)))
  for (const command of queued) {
    const done = stepOf(command)
    if (done) can.delete(done)
    if (command === 'take') can.add('verify')
    if (command === 'sign') {
      can.add('handle')
      if (page.case.make_safe?.state === 'running') can.add('make_safe')
    }
  }
  if (queued.includes('make_safe')) can.delete('make_safe')
  return ORDER.find((step) => can.has(step)) ?? null
}
