import type { Progress, Stage } from '@gridwork/api'

export type StepState = 'done' | 'now' | 'todo'

const OVER: ReadonlySet<Stage> = new Set(['closed', 'archived', 'declined', 'merged', 'voided'])

/** Whether nothing more will happen to a case by itself. */
export function isOver(stage: Stage): boolean {
  return OVER.has(stage)
}

/** How each of the four steps stands. A step counts as done when the server says so, or when a later one has begun. */
export function stepStates(progress: { step: Progress['step']; stage: Stage; steps: readonly Progress['steps'][number][] }): StepState[] {
  return progress.steps.map(({ step, done }) => {
    if (step < progress.step) return 'done'
    if (step > progress.step) return 'todo'
    return done || (step === 4 && isOver(progress.stage)) ? 'done' : 'now'
  })
}

/** Ends that are not the fourth step of a story that went well. */
const CUT_SHORT: ReadonlySet<Stage> = new Set(['declined', 'voided'])

/** The steps as shown, numbered as seen: what never happened to a case that was cut short is left out. */
export function shownSteps<Step extends Progress['steps'][number]>(progress: { step: Progress['step']; stage: Stage; steps: readonly Step[] }) {
  const states = stepStates(progress)
  const cut = CUT_SHORT.has(progress.stage)
  return progress.steps
    .map((step, n): { step: Step; state: StepState | 'ended' } => ({ step, state: cut && step.step === 4 ? 'ended' : (states[n] ?? 'todo') }))
    .filter(({ step }) => !cut || step.at !== null || step.step === 4)
    .map((one, n) => ({ ...one, number: n + 1 }))
}

/** The sentence in large type above the page: where it stands, as one would say it to a neighbour. */
export type Headline = 'received' | 'sent' | 'doing' | 'paused' | 'checking' | 'asking' | 'closed' | 'declined' | 'merged' | 'withdrawn' | 'question'

const HEADLINES: Record<Stage, Headline> = {
  reported: 'received', accepted: 'received', dispatched: 'sent', returned: 'sent', in_ruling: 'sent', handling: 'doing',
  suspended: 'paused', handled: 'checking', verifying: 'checking', confirming: 'asking', closed: 'closed', archived: 'closed',
  declined: 'declined', merged: 'merged', voided: 'withdrawn',
}

export function headline(progress: Pick<Progress, 'stage' | 'question'>): Headline {
  if (progress.question !== null && !isOver(progress.stage)) return 'question'
  return HEADLINES[progress.stage]
}

/** The key of a stage in the citizen's words. */
export function stageInPlainWords(stage: Stage): `citizen.state.${Headline}` {
  return `citizen.state.${HEADLINES[stage]}`
}

/** A progress code as printed: upper case, in groups of four; `null` when it cannot be one. */
export function tidyCode(typed: string): string | null {
  const bare = typed.toUpperCase().replace(/^.*\/P\//, '').replace(/[^0-9A-Z]/g, '')
  if (bare.length !== 12) return null
  return [bare.slice(0, 4), bare.slice(4, 8), bare.slice(8)].join('-')
}
