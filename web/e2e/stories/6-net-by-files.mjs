import { sit, signIn } from '../browser.mjs'
import { startEmpty } from '../empty.mjs'
import { equal, expect } from '../expect.mjs'
import { firstGrid } from '../place.mjs'
import { person } from '../server.mjs'

export const title = 'an empty city gets divisions and its first net from Shapefiles in GCJ-02, previewed and put in force; its people get accounts, and a grid is split under an open case'

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

  const empty = await startEmpty('keeper', 'guard')
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
    await lives(empty, place, after.grid)
  } finally {
    await empty.stop()
  }
}

/** What follows the first net: people with accounts of their own, two of whom change it while a case is open. */
async function lives(empty, place, grid) {
  const keeper = await person(empty.url, 'keeper', empty.password)
  const guard = await person(empty.url, 'guard', empty.guarding)
  const district = `${place.town.code.slice(0, 6)}000000`
  await keeper.post('/api/orgs', { id: crypto.randomUUID(), key: 'centre', kind: 'centre', area: district, name_zh: '网格化服务管理中心' })
  const org = (await keeper.get('/api/orgs/all')).orgs[0].id
  const employ = async (number) => {
    const id = crypto.randomUUID()
    await guard.post('/api/people', { id, name: `网格管理员 ${number}`, staff_no: number, org })
    await guard.post(`/api/people/${id}/appointments`, { id: crypto.randomUUID(), role: 'net_keeper', area: district })
    const { login, password } = await guard.post(`/api/people/${id}/account`)
    const one = await person(empty.url, login, password)
    await one.post('/api/me/password', { old: password, new: 'a-word-of-my-own-2026' })
    return person(empty.url, login, 'a-word-of-my-own-2026')
  }
  const [drawer, second] = [await employ('n1'), await employ('n2')]
  const resident = await person(empty.url, null)
  const { progress_code: code, ...sent } = await resident.post('/api/public/reports', {
    id: crypto.randomUUID(), text: '路口的井盖不见了', lon: place.lon, lat: place.lat, media: [], answers: {}, call_back: false, hide_phone: false,
  })
  equal(sent.grid_text.endsWith(grid.name), true, 'where the case lies')

  const draft = crypto.randomUUID()
  await drawer.post('/api/net/drafts', { id: draft, name: '一分为二', area: district })
  const { community } = await drawer.get(`/api/net/drafts/${draft}/communities/${place.community.code}`)
  const old = community.grids.find((one) => one.code === grid.code)
  const [lons, lats] = [0, 1].map((at) => old.polygon.coordinates[0].map((p) => p[at]))
  const line = [[place.lon, Math.min(...lats) - 0.001], [place.lon + (Math.max(...lons) - Math.min(...lons)) / 50, Math.max(...lats) + 0.001]]
  await drawer.post(`/api/net/drafts/${draft}/edits`, { id: crypto.randomUUID(), edits: [{ kind: 'split', grid: old.id, line, names: [] }] })
  await drawer.post(`/api/net/drafts/${draft}/submit`, { effect_at: new Date().toISOString() })
  await second.post(`/api/net/drafts/${draft}/decision`, { approve: true })
  const { report } = await expect(async () => (await drawer.get(`/api/net/drafts/${draft}`)).draft, (seen) => seen.state === 'in_force', 'the draft takes effect')
  equal(report.sums.open_cases, 1, 'the open case moved')
  await expect(() => resident.get(`/api/public/locate?lon=${place.lon}&lat=${place.lat}`), (seen) => seen.grid.code !== grid.code, 'the point lies in another grid')
  equal((await resident.get(`/api/public/progress/${code}`)).number, sent.number, 'whom the case is still told to')
}
