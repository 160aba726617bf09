import { signIn, sit } from '../browser.mjs'
import { equal, expect } from '../expect.mjs'
import { firstGrid } from '../place.mjs'
import { person } from '../server.mjs'

export const title = 'a matter is admitted to grids after a field asked twice is mended; its routing is tried on past cases, put in force by another, and followed'

const RUBBLE = 'M0102'

/** Chooses in a searchable list: what is typed, then the first that holds it. */
async function choose(page, label, text) {
  const box = page.getByRole('combobox', { name: label }).first()
  await box.focus()
  await box.fill(text)
  await page.locator('.el-select-dropdown__item:visible', { hasText: text }).first().click()
}
const state = (page, words) => page.locator('article.admission .head .tag', { hasText: words }).waitFor()

export async function story({ url, browser, faults }) {
  // Not where another story's ruling binds what happens to rubble.
  const grid = await firstGrid(url, Number(process.env.GRIDWORK_COMMUNITY ?? 0) + 2)
  // A matter that may not be put on grids yet, and that nobody has asked for.
  const staff = await person(url, 'dispatch.1')
  const { listings } = await staff.get('/api/grid-listings')
  const { admissions } = await staff.get('/api/admissions')
  const taken = new Set([...listings.map((l) => l.matter.code), ...admissions.map((a) => a.matter.code), RUBBLE])
  const { categories } = await staff.get('/api/matters')
  const matter = categories.flatMap((c) => c.matters).find((m) => !taken.has(m.code))

  const lead = await sit(browser, { url, faults })
  await signIn(lead, 'desk', 'lead.urban.1')
  await lead.goto('/desk/matters/admission')
  await lead.getByRole('button', { name: '申请事项准入' }).click()
  await choose(lead, '事项', matter.name_zh)
  await choose(lead, '按名称找区域', grid.town.name)
  await lead.getByLabel('目的').fill('排查沿街店铺隐患，每月一次')
  await lead.getByLabel('法定依据').fill('城市市容和环境卫生管理条例')
  await lead.getByRole('button', { name: '加一项填报内容' }).click()
  await lead.getByLabel('中文 1').fill('请填写联系电话')
  await lead.getByText('分钟／网格／月').first().waitFor()
  await lead.getByText('已有：上报人电话').waitFor()
  await lead.getByRole('button', { name: '提交申请' }).click()

  // Refused by the system, which shows where it is known; mended, and sent again.
  await state(lead, '系统退回')
  await lead.getByText('上报人信息').first().waitFor()
  await lead.getByRole('button', { name: '修改后再次申请' }).click()
  await lead.getByRole('button', { name: '改为引用已有信息' }).click()
  await lead.getByRole('button', { name: '提交申请' }).click()
  await state(lead, '待答复')
  const address = lead.url()

  for (const [login, button] of [['shift.1', '网格中心：同意'], ['town.lead.office.1', `${grid.town.name}：同意`]]) {
    const party = await sit(browser, { url, faults })
    await signIn(party, 'desk', login)
    await party.goto(address)
    await party.getByRole('button', { name: button }).click()
    await party.getByText('同意').last().waitFor()
  }
  const { admission } = await expect(() => staff.get(`/api/admissions/${address.split('/').at(-1)}`), (seen) => seen.admission.state === 'trial', 'the trial began')
  equal(admission.conflicts, [], 'nothing is asked twice')
  const second = await sit(browser, { url, faults })
  await signIn(second, 'desk', 'shift.2')
  await second.goto(address)
  await second.getByRole('button', { name: '列入清单' }).click()
  await state(second, '已准入')

  // Rubble of the first town shall go to sanitation, with urban management beside it.
  const report = (text) => person(url, null).then((anybody) => anybody.post('/api/public/reports', {
    id: crypto.randomUUID(), text, matter: RUBBLE, lon: grid.lon, lat: grid.lat, media: [], answers: {}, call_back: false, hide_phone: false,
  }))
  await report('路口倒了一堆建筑垃圾')
  const keeper = await sit(browser, { url, faults })
  await signIn(keeper, 'desk', 'admin.system')
  await keeper.goto('/desk/matters/routing')
  await keeper.getByRole('button', { name: '新建草案' }).click()
  await keeper.getByRole('dialog').getByLabel('标题').fill('建筑垃圾由环卫清运')
  await keeper.getByRole('dialog').getByRole('button', { name: '新建草案' }).click()
  await keeper.getByRole('button', { name: '新增规则' }).click()
  await choose(keeper, '事项', '建筑垃圾')
  await choose(keeper, '按名称找区域', grid.town.name)
  await choose(keeper, '主办', '天宁区环境卫生管理所')
  await choose(keeper, '协办', '天宁区城市管理局')
  await keeper.keyboard.press('Escape')
  await keeper.getByLabel('优先级').fill('500')
  await keeper.getByRole('button', { name: '写入草案' }).click()
  await keeper.getByText('1 处改动').first().waitFor()
  await keeper.getByRole('button', { name: '试算' }).click()
  await keeper.getByText('会改派的案件').waitFor()
  await keeper.getByRole('button', { name: '提交审核' }).click()
  await keeper.getByText('须由另一人审核').waitFor()

  const reviewer = await sit(browser, { url, faults })
  await signIn(reviewer, 'desk', 'shift.1')
  await reviewer.goto(keeper.url())
  await reviewer.getByRole('button', { name: '批准并立即生效' }).click()
  await reviewer.locator('article.draft .head .tag', { hasText: '已生效' }).waitFor()

  const sent = await report('小区门口又倒了建筑垃圾')
  equal(sent.dispatched_to.name_zh, '天宁区环境卫生管理所', 'where the next report went')
  const page = await staff.get(`/api/cases/${sent.number}`)
  equal(page.case.sub_tasks.map((task) => task.org.name_zh), ['天宁区城市管理局'], 'who helps')

  // What it all asks of people is there for everybody who works for the city.
  const worker = await person(url, 'grid.1')
  const board = await worker.get('/api/burden')
  equal(board.months.length > 0 && board.spared.by_admission.some((s) => s.kind === 'refused_by_rule'), true, 'the burden of the year, and what was spared')
  await reviewer.goto('/desk/burden')
  await reviewer.getByText('省下的负担').waitFor()
}
