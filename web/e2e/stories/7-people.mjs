import { sit, signIn } from '../browser.mjs'
import { shows } from '../citizen.mjs'
import { equal, expect } from '../expect.mjs'
import { firstGrid } from '../place.mjs'
import { advance, person } from '../server.mjs'

export const title = 'a post is announced, applied for, reviewed, confirmed by another, published and appointed, and its grid is covered; a stand-in receives and gives back'

const DAY_S = 86_400

/** Fills a field of an open form, found by its label: text, a choice, or what is searched for. */
async function enter(page, label, value, { search = false } = {}) {
  const field = page.getByRole('dialog').locator('.field', { has: page.locator('> span:first-child', { hasText: label }) }).first()
  if (search) {
    await field.locator('input').first().fill(value)
    await page.locator('.el-select-dropdown__item:visible', { hasText: value }).first().click()
    // A list of which several may be chosen stays open.
    await page.waitForTimeout(200)
    if (await field.locator('[aria-expanded="true"]').count() > 0) await page.keyboard.press('Escape')
  } else if (await field.locator('select').count() > 0) await field.locator('select').selectOption({ label: value })
  else await field.locator('textarea, input').first().fill(value)
}
const send = async (page) => {
  await page.getByRole('dialog').locator('button[type="submit"]').click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}
const local = (ms) => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 16)

export async function story({ url, browser, faults }) {
  const { community, town } = await firstGrid(url)
  const now = async () => Date.parse((await (await person(url, null)).get('/api/test/clock')).now)

  // The last grid of the first community loses its worker: the coverage says so.
  let keeper = await person(url, 'town.keeper.1')
  const { grids } = await keeper.get(`/api/coverage?area=${community.code}`)
  const grid = grids.at(-1)
  for (const worker of grid.workers) {
    const { person: held } = await keeper.get(`/api/people/${worker.id}`)
    for (const seat of held.seats) if (seat.may_end && seat.when === 'now' && seat.grid?.code === grid.code) await keeper.post(`/api/appointments/${seat.id}/end`, { reason: '轮岗' })
  }
  const desk = await sit(browser, { url, faults })
  await signIn(desk, 'desk', 'chief.1')
  await desk.goto('/desk/coverage')
  await desk.getByText(grid.name).first().waitFor()

  // The community announces a post for it.
  await desk.goto('/desk/posts')
  await desk.getByRole('button', { name: '发布招募' }).first().click()
  await enter(desk, '岗位名称', '兼职网格员（故事）')
  await enter(desk, '网格', grid.name, { search: true })
  await enter(desk, '工作内容', '走访楼栋，发现隐患')
  await enter(desk, '报名截止', local(await now() + 3 * DAY_S * 1000))
  await send(desk)
  await desk.getByText('还没有人报名').waitFor()
  const post = new URL(desk.url()).pathname.split('/').pop()

  // A resident applies on the phone, without an account, and keeps a code.
  const resident = await sit(browser, { url, width: 412, height: 880, faults })
  await resident.goto('/join')
  await resident.getByText('兼职网格员（故事）').click()
  await resident.getByLabel('姓名').fill('王小明')
  await resident.getByLabel('联系电话').fill('13800009999')
  await resident.getByLabel('自我介绍').fill('住在附近，晚上有空')
  await resident.getByText('我已了解并同意').click()
  await resident.getByRole('button', { name: '提交报名' }).click()
  await resident.waitForURL(/\/a\//)
  await shows(resident, '已报名，等社区审核')

  // The community sees no more than it needs, looks for a purpose, and recommends.
  await desk.reload()
  await desk.getByText('王**').first().waitFor()
  equal(await desk.getByText('王小明').count(), 0, 'the name before anybody looked')
  await desk.getByRole('button', { name: '查看信息' }).click()
  await enter(desk, '用途', '审核')
  await send(desk)
  await desk.getByText('王小明').first().waitFor()
  await desk.getByRole('button', { name: '推荐', exact: true }).click()
  await send(desk)
  await desk.getByText('待街道确认').first().waitFor()
  equal(await desk.getByRole('button', { name: '确认并公示' }).count(), 0, 'the community cannot confirm')

  // Another person of the town confirms; the name is published, masked.
  const office = await sit(browser, { url, faults })
  await signIn(office, 'desk', 'town.keeper.1')
  await office.goto(`/desk/posts/${post}`)
  await office.getByRole('button', { name: '确认并公示' }).click()
  await send(office)
  await office.getByText('公示中').first().waitFor()
  await resident.goto('/join')
  await shows(resident, '王** · 兼职网格员（故事）')
  equal(await office.getByRole('button', { name: '任命', exact: true }).isDisabled(), true, 'appointing while it is published')

  // The publication is over: appointed, and the grid is covered again.
  await advance(url, 6 * DAY_S)
  const later = await sit(browser, { url, faults })
  await signIn(later, 'desk', 'town.keeper.1')
  await later.goto(`/desk/posts/${post}`)
  await later.getByRole('button', { name: '任命', exact: true }).click()
  await send(later)
  await later.getByText('已任命').first().waitFor()
  keeper = await person(url, 'town.keeper.1')
  const covered = (await keeper.get(`/api/coverage?area=${community.code}`)).grids.find((one) => one.code === grid.code)
  equal([covered.state, covered.workers.map((worker) => [worker.name, worker.kind])], ['covered', [['王小明', 'part_time']]], 'who covers the grid')

  // The first grid's worker is away: a colleague stands in, holds the grid meanwhile, and gives it back.
  const { people } = await keeper.get(`/api/people?area=${town.code}&grid=${grids[0].code}&role=grid_worker`)
  const away = people[0]
  const own = async () => (await (await person(url, 'grid.2')).get('/api/field/today')).grids.map((one) => one.code)
  equal((await own()).includes(grids[0].code), false, 'the colleague’s grids before')
  const chief = await sit(browser, { url, faults })
  await signIn(chief, 'desk', 'chief.1')
  await chief.goto(`/desk/people/${away.id}`)
  await chief.getByRole('button', { name: '登记请假' }).click()
  await enter(chief, '类别', '年休')
  await enter(chief, '起', local(await now() - 60_000))
  await enter(chief, '止', local(await now() + 2 * DAY_S * 1000))
  await enter(chief, '代班人', '网格员 2', { search: true })
  await send(chief)
  await chief.getByText('进行中').first().waitFor()
  await expect(own, (codes) => codes.includes(grids[0].code), 'the stand-in holds the grid', 8_000)
  await chief.getByRole('button', { name: '提前返岗' }).click()
  await chief.getByRole('button', { name: '提前返岗' }).waitFor({ state: 'detached' })
  await expect(own, (codes) => !codes.includes(grids[0].code), 'and gives it back', 8_000)
}
