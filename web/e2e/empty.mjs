// A city of its own with nothing in it: for the stories that fill one.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './server.mjs'

/** Makes an administrator of an empty city and serves it. */
export async function startEmpty(login) {
  const binary = process.env.GRIDWORK_BIN
  if (!binary) throw new Error('GRIDWORK_BIN names the program gridwork')
  const folder = mkdtempSync(join(tmpdir(), 'gridwork-empty-'))
  const { DATABASE_URL: _, ...environment } = process.env
  const env = { ...environment, GRIDWORK_LOG: 'warn', GRIDWORK_DATA: folder }
  const said = execFileSync(binary, ['administrator', login], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const password = said.trim().split(' ').at(-1)
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
    if (answer?.ok) return { url, password, stop }
    if (child.exitCode !== null) throw new Error(`gridwork serve ended with ${child.exitCode}`)
    if (Date.now() - since > 60_000) {
      await stop()
      throw new Error('the empty city was not ready in a minute')
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
