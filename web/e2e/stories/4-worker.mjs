import { picture, sit, signIn } from '../browser.mjs'
import { shows } from '../citizen.mjs'
import { equal, expect } from '../expect.mjs'
import { firstGrid } from '../place.mjs'
import { person } from '../server.mjs'

export const title = 'a grid worker reports with no network, it goes out by itself; and puts something right on the spot'

async function report(page, { text, matter, place, done }) {
  await page.getByRole('link', { name: '上报' }).click()
  await page.locator('input[type="file"]').first().setInputFiles(await picture(page))
  await page.locator('button.place').click()
  const sheet = page.getByRole('dialog')
  await sheet.locator('input[type="text"], input:not([type])').first().fill(place)
  await sheet.getByRole('option').or(sheet.locator('li button, li')).filter({ hasText: place }).first().click()
  await sheet.getByRole('button', { name: '就是这里' }).click()
  await page.locator('textarea').first().fill(text)
  await page.getByRole('button', { name: matter, exact: true }).first().click()
  if (done) {
    await page.getByRole('switch').click()
    await page.locator('.after input[type="file"]').setInputFiles(await picture(page, '#3e7a5c', 'after.jpg'))
    await page.locator('.after textarea').fill(done)
  }
}

export async function story({ url, browser, faults }) {
  const grid = await firstGrid(url)
  const worker = await sit(browser, { url, width: 412, height: 880, faults })
  await worker.context().grantPermissions(['geolocation'])
  await worker.context().setGeolocation({ longitude: grid.lon, latitude: grid.lat, accuracy: 12 })
  await signIn(worker, 'field', 'grid.1')
  await shows(worker, grid.name)

  const mark = String(Date.now()).slice(-6)
  await report(worker, { text: `路边有一堆垃圾，袋子都破了 ${mark}`, matter: '暴露垃圾', place: grid.name })
  await worker.context().setOffline(true)
  await worker.getByRole('button', { name: /发送|发出/ }).last().click()
  await shows(worker, '待发')
  const desk = await person(url, 'dispatch.1')
  const newest = async () => (await desk.get(`/api/cases?grid=${grid.code}&sort=-reported_at&limit=3`)).cases
  equal((await newest()).some((c) => c.text.includes(mark)), false, 'nothing has gone out yet')
  await worker.context().setOffline(false)
  const [sent] = await expect(newest, (cases) => cases[0]?.text.includes(mark), 'it goes out by itself', 20_000)
  equal([sent.source, sent.grid.code], ['worker', grid.code], 'whose report, and where')

  await report(worker, { text: `门口一小袋垃圾，已经顺手清掉 ${mark}`, matter: '暴露垃圾', place: grid.name, done: '已清理干净' })
  await worker.getByRole('button', { name: /发送|发出/ }).last().click()
  const [fixed] = await expect(newest, (cases) => cases[0]?.text.includes(`顺手清掉 ${mark}`), 'it goes out', 20_000)
  await expect(async () => (await desk.get(`/api/cases/${fixed.number}`)).case.stage, (stage) => ['handled', 'confirming', 'closed'].includes(stage), 'put right on the spot')
}
