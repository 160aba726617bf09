// The stories people would tell of the product, in a real browser on a demo of its own.
// `npm run e2e -- citizen` runs those whose file name holds the word; `npm run shots` makes the pictures instead.
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openBrowser } from './browser.mjs'
import { startServer } from './server.mjs'

const [first, ...others] = process.argv.slice(2)
if (first === 'shots') {
  const { shots } = await import('./shots.mjs')
  await shots(others)
  process.exit(0)
}

const FOLDER = join(import.meta.dirname, 'stories')
const EVIDENCE = process.env.GRIDWORK_EVIDENCE ?? join(import.meta.dirname, '../node_modules/.stories')
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.mjs') && (!first || file.includes(first))).sort()

const server = await startServer()
const browser = await openBrowser()
let passed = 0
const failed = []
for (const file of files) {
  const { title, story } = await import(join(FOLDER, file))
  const faults = []
  const since = Date.now()
  try {
    await story({ url: server.url, browser, faults })
    if (faults.length > 0) throw new Error(`the pages complained:\n  ${faults.join('\n  ')}`)
    passed += 1
    console.log(`  passed ${((Date.now() - since) / 1000).toFixed(1).padStart(6)} s  ${title}`)
  } catch (error) {
    failed.push(file)
    console.log(`  FAILED ${((Date.now() - since) / 1000).toFixed(1).padStart(6)} s  ${title}\n${error.stack}`)
    mkdirSync(EVIDENCE, { recursive: true })
    let n = 0
    for (const context of browser.contexts()) {
      for (const page of context.pages()) {
        const path = join(EVIDENCE, `${file.replace('.mjs', '')}-${n++}.png`)
        await page.screenshot({ path }).catch(() => null)
        console.log(`    ${page.url()} → ${path}`)
      }
    }
  }
  for (const context of browser.contexts()) await context.close()
}
await browser.close()
await server.stop()
console.log(`${passed} passed, ${failed.length} failed`)
process.exit(failed.length === 0 && passed > 0 ? 0 : 1)
