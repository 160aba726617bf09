import { describe, expect, it } from 'vitest'
import { createClient } from './client'
import { isProblem, Problem } from './problem'

const answering = (status: number, body: string, headers: Record<string, string> = {}): typeof fetch =>
  async () => new Response(body, { status, headers })
const ask = async (fetch: typeof globalThis.fetch, onSignedOut?: () => void) => {
  const caught: unknown = await createClient({ language: () => 'en', fetch, onSignedOut }).me().catch((cause: unknown) => cause)
  return isProblem(caught) ? caught : expect.fail('no problem was raised')
}

describe('a problem', () => {
  it('keeps the sentence of each field', async () => {
    const body = JSON.stringify({ code: 'form.invalid', detail: 'Something is missing', fields: [{ field: 'text', code: 'text.required', detail: 'Say what happened' }] })
    const problem = await ask(answering(422, body))
    expect(problem.code).toBe('form.invalid')
    expect(problem.fault('text')).toBe('Say what happened')
    expect(problem.fault('phone')).toBeNull()
  })

  it('knows how long to wait', async () => {
    const problem = await ask(answering(429, '{"code":"session.locked"}', { 'retry-after': '90' }))
    expect(problem.retryAfterS).toBe(90)
  })

  it('is told from an answer that is not JSON', async () => {
    const problem = await ask(answering(502, '<h1>Bad gateway</h1>'))
    expect(problem.code).toBe('http.502')
    expect(problem.unreachable).toBe(true)
  })

  it('says offline when nobody answered', async () => {
    const problem = await ask(async () => { throw new TypeError('Failed to fetch') })
    expect([problem.code, problem.unreachable, problem.status]).toEqual(['network.offline', true, 0])
  })

  it('tells the face that the session is gone', async () => {
    let out = 0
    await ask(answering(401, '{"code":"session.missing"}'), () => { out += 1 })
    await ask(answering(403, '{"code":"right.missing"}'), () => { out += 1 })
    expect(out).toBe(1)
  })

  it('falls back to its code when there is no sentence', () => {
    expect(new Problem(409, { code: 'case.changed' }).message).toBe('case.changed')
  })
})
