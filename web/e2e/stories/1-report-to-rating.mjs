import { act, openCase } from '../desk.mjs'
import { sit, signIn } from '../browser.mjs'
import { progress, report, shows } from '../citizen.mjs'
import { equal } from '../expect.mjs'
import { firstGrid } from '../place.mjs'
import { person } from '../server.mjs'

export const title = 'a resident reports with a photo; it is located, dispatched, handled, verified by another, confirmed and rated'

export async function story({ url, browser, faults }) {
  const grid = await firstGrid(url)
  const resident = await sit(browser, { url, width: 412, height: 880, faults })
  const { code, number } = await report(resident, { text: '路边有一大堆垃圾没人清理，味道很大', matter: '暴露垃圾', place: grid.name })

  // Located in the right grid and sent by rule to the unit the routing names.
  const dispatcher = await person(url, 'dispatch.1')
  const { case: found } = await dispatcher.get(`/api/cases/${number}`)
  equal(found.grid.code, grid.code, 'the grid it lies in')
  equal(found.stage, 'dispatched', 'its stage')
  equal(found.media.length, 1, 'its pictures')
  equal(found.lead.name_zh, '天宁区环境卫生管理所', 'the unit in charge')

  const handler = await sit(browser, { url, faults })
  await signIn(handler, 'desk', 'handler.sanitation.1')
  await openCase(handler, number)
  await act(handler, '签收')
  await act(handler, '处置完毕', { 说明: '垃圾已清运，地面已冲洗', 图片与附件: { photos: 2 } })

  const verifier = await sit(browser, { url, faults })
  await signIn(verifier, 'desk', 'verify.1')
  await openCase(verifier, number)
  await act(verifier, '开始核查')
  await act(verifier, '核查通过', { 说明: '现场已清理干净' })

  await progress(resident, code)
  await shows(resident, '这件事，解决了吗？')
  await resident.getByRole('button', { name: '解决了', exact: true }).click()
  await resident.getByText('办得怎么样？').first().waitFor()
  await resident.locator('.stars label').nth(4).click()
  await resident.getByRole('button', { name: '办得快' }).click()
  await resident.getByRole('button', { name: '评价', exact: true }).click()
  await shows(resident, '您的评价')

  const { case: closed } = await dispatcher.get(`/api/cases/${number}`)
  equal(closed.stage, 'closed', 'the end')
  equal([closed.rating.stars, closed.rating.reasons], [5, ['quick']], 'the rating')
}
