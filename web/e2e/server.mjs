// A demo of its own for the stories: an empty folder becomes a city, and goes away afterwards.
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const PASSWORD = 'gridwork-demo-2026'

export const freePort = () => new Promise((resolve, reject) => {
  const probe = createServer()
  probe.once('error', reject)
  probe.listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => resolve(port))
  })
})

/** Starts `gridwork demo`; with GRIDWORK_URL the one that runs there is used instead. */
export async function startServer({ cases = 2000 } = {}) {
  if (process.env.GRIDWORK_URL) return { url: process.env.GRIDWORK_URL, stop: async () => {} }
  const binary = process.env.GRIDWORK_BIN
  if (!binary) throw new Error('GRIDWORK_BIN names the program gridwork')
  const folder = mkdtempSync(join(tmpdir(), 'gridwork-stories-'))
  // PostgreSQL's own user must be able to enter it, or the data would stand elsewhere and stay behind.
  chmodSync(folder, 0o755)
  const listen = `127.0.0.1:${await freePort()}`
  const { DATABASE_URL: _, ...environment } = process.env
  const child = spawn(binary, ['demo', '--data', folder, '--listen', listen, '--cases', String(cases)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...environment, GRIDWORK_LOG: 'warn' },
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const url = `http://${listen}`
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  for (const since = Date.now(); ;) {
    const answer = await fetch(`${url}/healthz`).catch(() => null)
    if (answer?.ok) return { url, stop }
    if (child.exitCode !== null) throw new Error(`gridwork demo ended with ${child.exitCode}`)
    if (Date.now() - since > 180_000) {
      await stop()
      throw new Error('the demo was not ready in three minutes')
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** The server without a browser, as one person: for what stands around a story, not for the story itself. */
export async function person(url, login, password = PASSWORD) {
  let cookie = ''
  async function send(method, path, body) {
    const answer = await fetch(url + path, {
      method,
      headers: { 'x-gridwork': '1', 'accept-language': 'zh-CN', ...(cookie && { cookie }), ...(body !== undefined && { 'content-type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const set = answer.headers.get('set-cookie')
    if (set) cookie = set.split(';')[0]
    const text = await answer.text()
    const json = text === '' ? {} : JSON.parse(text)
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`)
    return json
  }
  if (login) await send('POST', '/api/session', { login, password })
  return { get: (path) => send('GET', path), post: (path, body = {}) => send('POST', path, body) }
}

/** Moves the test build's clock. */
export async function advance(url, seconds) {
  const anybody = await person(url, null)
  return anybody.post('/api/test/clock', { advance_s: seconds })
}
