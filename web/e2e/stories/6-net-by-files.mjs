import { sit, signIn } from '../browser.mjs'
import { startEmpty } from '../empty.mjs'
import { equal, expect } from '../expect.mjs'
import { firstGrid } from '../place.mjs'
import { person } from '../server.mjs'

export const title = 'an empty city gets divisions and its first net from Shapefiles in GCJ-02, previewed and put in force'

/** The largest city takes its time to be looked through. */
const PATIENT = { timeout: 240_000 }

/** Takes a file in at the desk; `look` is told what stands on the page before anything changes. */
async function bring(page, target, file, look = async () => {}) {
  await page.goto('/desk/files')
  await page.getByRole('button', { name: target, exact: true }).click()
  await page.locator('input[type="file"]').setInputFiles(file)
  await page.locator('.form label', { hasText: '坐标系' }).locator('select').selectOption('gcj02', PATIENT)
  await page.getByRole('button', { name: '预览检查' }).click()
  await page.getByText('没有问题').waitFor(PATIENT)
  await look()
  await page.getByRole('button', { name: /^导入并启用/ }).click()
  await page.getByText(/已启用/).waitFor(PATIENT)
}

export async function story({ url, browser, faults }) {
  // What another system would hand over: the demo's areas in the public maps' offset, texts in GB18030.
  const there = await sit(browser, { url, faults })
  await signIn(there, 'desk', 'admin.system')
  const out = async (target) => {
    const answer = await there.context().request.get(`/api/net/files/export?target=${target}&format=shapefile&crs=gcj02&encoding=gb18030`, PATIENT)
    equal(answer.status(), 200, `the export of ${target}`)
    return { name: `${target}.zip`, mimeType: 'application/zip', buffer: await answer.body() }
  }
  const [divisions, grids] = [await out('divisions'), await out('grids')]
  const place = await firstGrid(url)
  const before = await (await person(url, null)).get(`/api/public/locate?lon=${place.lon}&lat=${place.lat}`)

  const empty = await startEmpty('keeper')
  try {
    const anybody = await person(empty.url, null)
    const page = await sit(browser, { url: empty.url, faults })
    await signIn(page, 'desk', 'keeper', empty.password)
    await bring(page, '行政区划', divisions)
    equal((await anybody.get(`/api/public/locate?lon=${place.lon}&lat=${place.lat}`)).inside, false, 'whether there is a net before')
    await bring(page, '网格', grids, async () => {
      const net = await anybody.get(`/api/public/locate?lon=${place.lon}&lat=${place.lat}`)
      equal(net.inside, false, 'whether looking changes anything')
      equal(await page.getByText('自动判断').count() > 0 || await page.getByText('文件注明').count() > 0, true, 'whether the encoding is said')
    })
    const after = await expect(() => anybody.get(`/api/public/locate?lon=${place.lon}&lat=${place.lat}`), (seen) => seen.inside, 'the point is located')
    equal(after.grid, before.grid, 'the grid of the point')
    equal(after.text, before.text, 'the name of the place')
    await page.goto(`/desk/grids/${after.grid.code}`)
    await page.getByText(after.grid.code).first().waitFor()
  } finally {
    await empty.stop()
  }
}
