// A city of its own with nothing in it: for the stories that fill one.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './server.mjs'

/** Makes two administrators of an empty city, who configures it and who opens accounts, and serves it. */
export async function startEmpty(login, guard) {
  const binary = process.env.GRIDWORK_BIN
  if (!binary) throw new Error('GRIDWORK_BIN names the program gridwork')
  const folder = mkdtempSync(join(tmpdir(), 'gridwork-empty-'))
  // PostgreSQL's own user must be able to enter it, or the data would stand elsewhere and stay behind.
  chmodSync(folder, 0o755)
  const { DATABASE_URL: _, ...environment } = process.env
  const env = { ...environment, GRIDWORK_LOG: 'warn', GRIDWORK_DATA: folder }
  const made = (...words) => execFileSync(binary, ['administrator', ...words], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim().split(' ').at(-1)
  const [password, guarding] = [made(login), made(guard, '--role', 'security')]
  const url = `http://127.0.0.1:${await freePort()}`
  const child = spawn(binary, ['serve', '--data', folder, '--listen', url.replace('http://', '')], { stdio: ['ignore', 'ignore', 'inherit'], env })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  for (const since = Date.now(); ;) {
    const answer = await fetch(`${url}/healthz`).catch(() => null)
    if (answer?.ok) return { url, password, guarding, stop }
    if (child.exitCode !== null) throw new Error(`gridwork serve ended with ${child.exitCode}`)
    if (Date.now() - since > 60_000) {
      await stop()
      throw new Error('the empty city was not ready in a minute')
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
