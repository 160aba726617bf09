import { act, fillIn, openCase } from '../desk.mjs'
import { sit, signIn } from '../browser.mjs'
import { progress, report, shows } from '../citizen.mjs'
import { equal, expect } from '../expect.mjs'
import { firstGrid } from '../place.mjs'
import { advance, person } from '../server.mjs'

export const title = 'returned, sent elsewhere, disputed, ruled, late, reworked, closed, reopened; the next like case follows the ruling'

export async function story({ url, browser, faults }) {
  const grid = await firstGrid(url)
  const resident = await sit(browser, { url, width: 360, height: 780, faults })
  const words = { text: '人行道上堆了一堆建筑垃圾，挡住路了', matter: '积存建筑垃圾渣土', place: grid.name, photo: false }
  const { code, number } = await report(resident, words)

  const urban = await sit(browser, { url, faults })
  await signIn(urban, 'desk', 'handler.urban.1')
  await openCase(urban, number)
  await act(urban, '退回', { 理由: '权属不清或权属不符', 依据条款: '职责清单第 12 条', 说明: '属环卫清运范围' })

  const dispatcher = await sit(browser, { url, faults })
  await signIn(dispatcher, 'desk', 'dispatch.1')
  await openCase(dispatcher, number)
  await dispatcher.getByRole('button', { name: '换单位' }).click()
  await fillIn(dispatcher, { 单位: { unit: '天宁区环境卫生管理所' }, 说明: '环卫清运' })

  // The return is used up: the second unit can only dispute, and is told why it cannot return.
  const sanitation = await sit(browser, { url, faults })
  await signIn(sanitation, 'desk', 'handler.sanitation.1')
  await openCase(sanitation, number)
  const page = await (await person(url, 'handler.sanitation.1')).get(`/api/cases/${number}`)
  equal(page.actions.find((a) => a.command === 'return').allowed, false, 'a second return')
  await act(sanitation, '提请裁定', { 理由: '职责交叉', 说明: '建筑垃圾应由城管处理' })

  const supervisor = await sit(browser, { url, faults })
  await signIn(supervisor, 'desk', 'shift.1')
  await openCase(supervisor, number)
  await act(supervisor, '裁定', { 单位: { unit: '天宁区环境卫生管理所' }, 依据条款: '环卫作业标准第 3 条', 说明: '由环卫清运' })

  // Bound: neither return nor dispute. Then late: the clock runs out and the level above is told.
  await openCase(sanitation, number)
  await act(sanitation, '签收')
  const bound = await (await person(url, 'handler.sanitation.1')).get(`/api/cases/${number}`)
  equal(bound.actions.filter((a) => ['return', 'dispute'].includes(a.command) && a.allowed), [], 'ways out of a ruling')
  // Two weeks go by; nobody's session lasts so long, so everybody signs in anew.
  await advance(url, 14 * 86_400)
  let desk = await person(url, 'dispatch.1')
  const late = await expect(() => desk.get(`/api/cases/${number}`), (seen) => seen.case.level === 'red', 'the clock ran out')
  equal(late.timeline.some((entry) => entry.kind === 'ran_out'), true, 'the overdue entry in its story')

  const watcher = await sit(browser, { url, faults })
  await signIn(watcher, 'desk', 'supervisor.1')
  await openCase(watcher, number)
  await act(watcher, '督办', { 说明: '超时，请今天办完' })

  await signIn(sanitation, 'desk', 'handler.sanitation.1')
  await openCase(sanitation, number)
  await act(sanitation, '处置完毕', { 说明: '已清运', 图片与附件: { photos: 2 } })
  const verifier = await sit(browser, { url, faults })
  await signIn(verifier, 'desk', 'verify.2')
  await openCase(verifier, number)
  await act(verifier, '开始核查')
  await act(verifier, '核查不通过', { 说明: '还有残留' })
  await openCase(sanitation, number)
  await act(sanitation, '处置完毕', { 说明: '残留已清', 图片与附件: { photos: 2 } })
  await openCase(verifier, number)
  await act(verifier, '开始核查')
  await act(verifier, '核查通过', { 说明: '干净了' })

  // Nobody answers for a week: closed by the clock. Then it is back, and the resident says so.
  await advance(url, 8 * 86_400)
  desk = await person(url, 'dispatch.1')
  await progress(resident, code)
  await shows(resident, '结')
  await resident.getByRole('button', { name: /又|没|重新/ }).first().click()
  await resident.locator('textarea').last().fill('又堆起来了')
  await resident.locator('form button[type="submit"], .sheet button.main').last().click()
  await expect(async () => (await desk.get(`/api/cases/${number}`).catch(() => ({ case: {} }))).case.reopens, (n) => n === 1, 'reopened once')

  // The next like case goes where the ruling said, and says so.
  const next = await report(resident, { ...words, text: '小区北门外建筑垃圾堆了两天没清' })
  const staff = await person(url, 'dispatch.1')
  const { case: like } = await staff.get(`/api/cases/${next.number}`)
  equal(like.lead.name_zh, '天宁区环境卫生管理所', 'where the next like case went')
  equal(like.why_here.some((why) => why.text_zh.includes('裁定')), true, 'why it went there')
}
