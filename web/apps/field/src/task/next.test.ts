import type { CaseAction, Clock, CommandName } from '@gridwork/api'
import { describe, expect, it } from 'vitest'
import { nextStep } from './next'

const can = (...commands: string[]): CaseAction[] => commands.map((command) => ({
  command, label_zh: '', label_en: '', allowed: !command.startsWith('!'), primary: false, reason: null, asks_me: false }))
// Only the state is looked at.
const running = { state: 'running' } as Clock
const page = (actions: CaseAction[], make_safe: Clock | null = null) => ({ case: { make_safe }, actions })
const next = (actions: CaseAction[], queued: CommandName[] = [], safe: Clock | null = null) => nextStep(page(actions, safe), queued)

describe('the one thing to do now', () => {
  it('is what the server allows, in the order of doing it', () => {
    expect(next(can('note', 'handle', 'make_safe'))).toBe('make_safe')
    expect(next(can('note', 'pass', 'fail'))).toBe('verify')
    expect(next(can('note', '!handle'))).toBeNull()
  })
  it('moves on with what waits in the outbox, so that a case is worked through with no network', () => {
    expect(next(can('sign', 'return'), ['sign'])).toBe('handle')
    expect(next(can('sign'), ['sign'], running)).toBe('make_safe')
    expect(next(can('sign'), ['sign', 'make_safe'], running)).toBe('handle')
    expect(next(can('take'), ['take'])).toBe('verify')
  })
  it('ends with the last word of this person', () => {
    expect(next(can('sign'), ['sign', 'handle'])).toBeNull()
    expect(next(can('pass', 'fail'), ['fail'])).toBeNull()
    expect(next(can('handle', 'return'), ['return'])).toBeNull()
  })
  it('goes on after a note', () => {
    expect(next(can('handle'), ['note'])).toBe('handle')
  })
})
