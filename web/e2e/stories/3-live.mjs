import { sit, signIn } from '../browser.mjs'
import { equal, expect } from '../expect.mjs'
import { firstGrid } from '../place.mjs'
import { person } from '../server.mjs'

export const title = 'what happens elsewhere appears at the desk with no reload, and after a lost connection without a gap'

const rows = (page) => page.locator('table tbody tr, [role="row"]').allInnerTexts()

export async function story({ url, browser, faults }) {
  const grid = await firstGrid(url)
  const call = await person(url, 'call.1')
  let n = 0
  const report = async () => {
    n += 1
    const text = `路边有一堆垃圾没人清理（第 ${n} 处）`
    // A little apart, so that the second is not the first told twice.
    return call.post('/api/cases', { id: crypto.randomUUID(), text, matter: 'M0101', lon: grid.lon + n * 1e-4, lat: grid.lat, source: 'call' })
  }
  const dispatcher = await sit(browser, { url, faults })
  await signIn(dispatcher, 'desk', 'dispatch.2')
  await dispatcher.goto('/desk/cases?sort=-reported_at')
  await expect(() => rows(dispatcher), (seen) => seen.length > 5, 'the list stands')
  await dispatcher.evaluate(() => { window.notReloaded = true })

  const first = await report()
  // Rows do not jump under the hand: the page says that something changed, and sorts when asked.
  const shown = async (number) => {
    const again = dispatcher.getByRole('button', { name: /有变化/ })
    if (await again.count() > 0) await again.first().click({ timeout: 1_000 }).catch(() => null)
    return (await dispatcher.locator('body').innerText()).includes(number)
  }
  await expect(() => dispatcher.getByRole('button', { name: /有变化/ }).count(), (n) => n > 0, 'the page tells of the new case', 3_000)
  await expect(() => shown(first.number), Boolean, `${first.number} appears`, 4_000)

  // Its story goes on while the page looks at it, and on the list the row is the new one.
  const handler = await person(url, 'handler.sanitation.1')
  await handler.post(`/api/cases/${first.case_id}/commands`, { id: crypto.randomUUID(), command: 'sign', body: {} })
  const row = dispatcher.locator('tr, [role="row"]', { hasText: first.number }).first()
  await expect(() => row.innerText(), (text) => text.includes('处理'), 'the row shows the new stage', 4_000)

  // Away, three reports, back: all three are there.
  await dispatcher.context().setOffline(true)
  const missed = [await report(), await report(), await report()]
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  await dispatcher.context().setOffline(false)
  for (const { number } of missed) await expect(() => shown(number), Boolean, `${number} is caught up with`, 15_000)
  equal(await dispatcher.evaluate(() => window.notReloaded), true, 'the page was not reloaded')
}
