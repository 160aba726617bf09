import { sit, signIn } from '../browser.mjs'
import { shows } from '../citizen.mjs'
import { equal, expect } from '../expect.mjs'
import { person } from '../server.mjs'

export const title = 'a grid is split, two are merged and a border is moved on the map; a second person approves; open cases lie in the new grids'

const box = (polygon) => {
  const points = polygon.coordinates[0]
  const of = (at) => points.map((p) => p[at])
  return [Math.min(...of(0)), Math.min(...of(1)), Math.max(...of(0)), Math.max(...of(1))]
}

/** A community with a grid to split, two others to merge and two more beside each other, in a draft that changes nothing yet. */
async function choose(keeper, draft, area) {
  const towns = (await keeper.get(`/api/divisions?parent=${area}`)).divisions
  for (const town of towns.slice(3)) {
    for (const { code, name } of (await keeper.get(`/api/divisions?parent=${town.code}`)).divisions) {
      const { community } = await keeper.get(`/api/net/drafts/${draft}/communities/${code}`)
      const basic = community.grids.filter((g) => g.kind === 'basic')
      if (basic.length >= 5) return { code, name, basic }
    }
  }
  throw new Error('no community with five grids')
}

async function report(caller, grid, n) {
  const { grid: page } = await caller.get(`/api/grids/${grid.code}`)
  const answer = await caller.post('/api/cases', {
    id: crypto.randomUUID(), text: `路边有一堆垃圾没人清理 ${n}`, matter: 'M0101', lon: page.lon, lat: page.lat, source: 'call',
  })
  return answer.number
}

export async function story({ url, browser, faults }) {
  const page = await sit(browser, { url, faults })
  await signIn(page, 'desk', 'net.1')
  await page.goto('/desk/net')
  await shows(page, '网格调整')
  await page.getByRole('button', { name: '新建方案' }).click()
  await page.getByLabel('方案名称').fill('故事里的调整')
  await page.getByRole('button', { name: '开始编制' }).click()
  await page.waitForURL(/\/desk\/net\/[0-9a-f-]{36}/)
  const draft = page.url().match(/net\/([0-9a-f-]{36})/)[1]

  const keeper = await person(url, 'net.1')
  const caller = await person(url, 'call.1')
  const { code, name, basic } = await choose(keeper, draft, '320402000000')
  const numbers = []
  for (const [n, grid] of basic.entries()) numbers.push(await report(caller, grid, n))

  await page.getByLabel('找社区').fill(name)
  await page.locator('.picker .menu button', { hasText: name }).first().click()
  await page.waitForURL(new RegExp(`community=${code}`))
  const canvas = page.getByRole('application')
  await canvas.waitFor()

  // Split, by the keyboard alone: the largest grid is chosen, the cross is led over the map.
  const look = async () => (await keeper.get(`/api/net/drafts/${draft}/communities/${code}`)).community
  const largest = [...basic].sort((a, b) => b.area_m2 - a.area_m2)[0]
  const inside = (await keeper.get(`/api/grids/${largest.code}`)).grid
  await clickAt(page, canvas, box((await look()).outline), [inside.lon, inside.lat])
  await shows(page, largest.name)
  await page.keyboard.press('s')
  const [west, south, east, north] = box(largest.polygon)
  await drawLine(page, canvas, box((await look()).outline), [[(west + east) / 2, south - (north - south) * 0.04], [(west + east) / 2, north + (north - south) * 0.04]])
  await expect(look, (c) => c.grids.filter((g) => g.status === 'made').length >= 2, 'the grid is split')

  // Merge and border by the same commands the map sends, then looked at on the map.
  const pairs = basic.filter((g) => g.id !== largest.id)
  const merged = await firstThat(pairs.flatMap((a, i) => pairs.slice(i + 1).map((b) => [a, b])), async ([a, b]) => {
    await keeper.post(`/api/net/drafts/${draft}/edits`, { id: crypto.randomUUID(), edits: [{ kind: 'merge', grids: [a.id, b.id] }] })
    return [a, b]
  })
  const shared = await firstThat(sharedEdges((await look()).grids.filter((g) => g.kind === 'basic')), async ({ a, b, at }) => {
    const answer = await keeper.post(`/api/net/drafts/${draft}/edits`, { id: crypto.randomUUID(), edits: [{ kind: 'insert_vertex', community: code, grid_kind: 'basic', a, b, at }] })
    if (answer.communities[0].faults.length === 0) return at
    await keeper.post(`/api/net/drafts/${draft}/cursor`, { to: answer.draft.cursor - 1 })
    throw new Error('at fault')
  })
  equal(Boolean(merged && shared), true, 'a merge and a border')
  equal((await look()).faults, [], 'no faults are left')

  await page.reload()
  await page.getByRole('tab', { name: '对比' }).click()
  await shows(page, '新增')
  await page.getByRole('button', { name: '提交审批' }).click()
  await shows(page, '待审批')
  equal(await page.getByRole('button', { name: '批准' }).count(), 0, 'who drew it does not approve it')

  const second = await sit(browser, { url, faults })
  await signIn(second, 'desk', 'net.2')
  await second.goto(`/desk/net/${draft}`)
  await second.getByRole('button', { name: '批准', exact: true }).click()
  const done = async () => (await keeper.get(`/api/net/drafts/${draft}`)).draft
  const { report: told } = await expect(done, (d) => d.state === 'in_force', 'it takes effect', 20_000)
  await second.reload()
  await shows(second, '生效报告')
  await shows(second, `第 ${told.net} 版网格`)

  const desk = await person(url, 'dispatch.1')
  const ended = new Set(told.ended.map((g) => g.code))
  for (const number of numbers) {
    const { case: one } = await desk.get(`/api/cases/${number}`)
    equal(ended.has(one.grid?.code), false, `${number} lies in a grid in force`)
  }
  equal(told.sums.open_cases >= 3, true, 'the cases of the grids that ended moved')
}

/** Where a place stands on the map, which shows the community's frame. */
async function spot(page, canvas, frame, at) {
  const area = await canvas.boundingBox()
  const [west, south, east, north] = frame
  const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360))
  const k = Math.min((area.width - 96) / ((east - west) * Math.PI / 180), (area.height - 96) / (mercator(north) - mercator(south)))
  return {
    x: area.x + area.width / 2 + (at[0] - (west + east) / 2) * (Math.PI / 180) * k,
    y: area.y + area.height / 2 - (mercator(at[1]) - (mercator(north) + mercator(south)) / 2) * k,
  }
}

async function clickAt(page, canvas, frame, at) {
  await page.waitForTimeout(1200)
  const { x, y } = await spot(page, canvas, frame, at)
  await page.mouse.click(x, y)
}

async function drawLine(page, canvas, frame, points) {
  await page.waitForTimeout(300)
  for (const at of points) {
    const { x, y } = await spot(page, canvas, frame, at)
    await page.mouse.move(x, y)
    await page.mouse.click(x, y)
    await page.waitForTimeout(400)
  }
  await page.keyboard.press('Enter')
}

/** What the first of `things` that does not fail gives. */
async function firstThat(things, attempt) {
  for (const thing of things) {
    try {
      return await attempt(thing)
    } catch {
      // The next.
    }
  }
  return null
}

/** Edges that two grids have, with a place a little beside their middle. */
function sharedEdges(grids) {
  const seen = new Map()
  const found = []
  for (const grid of grids) {
    const ring = grid.polygon.coordinates[0]
    for (let i = 0; i + 1 < ring.length; i += 1) {
      const [a, b] = [ring[i], ring[i + 1]]
      if (seen.has(`${b} ${a}`)) {
        const at = [(a[0] + b[0]) / 2 + (b[1] - a[1]) * 0.3, (a[1] + b[1]) / 2 - (b[0] - a[0]) * 0.3]
        found.push({ a, b, at, long: Math.hypot(a[0] - b[0], a[1] - b[1]) })
      }
      seen.set(`${a} ${b}`, true)
    }
  }
  return found.sort((x, y) => y.long - x.long)
}
