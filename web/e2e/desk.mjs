// What people do at the desk.
import { expect } from './expect.mjs'
import { picture } from './browser.mjs'

/** Opens a case by its number. */
export async function openCase(page, number) {
  await page.goto(`/desk/cases/${number}`)
  await page.getByText(number).first().waitFor()
}

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The button of an action on the case page, by the words it begins with. */
export const action = (page, name) => page.locator('section.actions').getByRole('button', { name: new RegExp(`^${escape(name)}`) }).first()

/**
 * Does an action; `fill` tells what is entered, by the label before it: text, the words of a choice, or
 * `{ unit: '…' }` for a unit searched by name, `{ photos: n }` for pictures.
 */
export async function act(page, name, fill = {}) {
  await action(page, name).click()
  if (Object.keys(fill).length > 0) await fillIn(page, fill)
  await page.locator('section.actions').waitFor()
}

/** Fills in the open form and sends it. */
export async function fillIn(page, fill) {
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  for (const [label, value] of Object.entries(fill)) await enter(page, dialog, label, value)
  await dialog.locator('button[type="submit"]').click()
  await dialog.waitFor({ state: 'hidden' })
}

async function enter(page, dialog, label, value) {
  const field = dialog.locator('.field', { has: page.locator('> span:first-child', { hasText: label }) }).first()
  await field.waitFor()
  if (typeof value === 'object' && value.photos) {
    const files = []
    for (let n = 0; n < value.photos; n += 1) files.push(await picture(page, ['#3e7a5c', '#5c3e7a', '#7a3e3e'][n % 3], `after-${n}.jpg`))
    await field.locator('input[type="file"]').setInputFiles(files)
    await expect(() => field.locator('img').count(), (n) => n >= value.photos, 'pictures are uploaded')
  } else if (typeof value === 'object' && value.unit) {
    await chooseUnit(page, field, value.unit)
  } else if (await field.getByText(value, { exact: true }).count() > 0) {
    await field.getByText(value, { exact: true }).first().click()
  } else {
    await field.locator('textarea, input:not([type="radio"])').first().fill(value)
  }
}

/** One of the suggested units, or any other found by its name. */
async function chooseUnit(page, field, name) {
  await expect(() => field.locator('input').count(), (n) => n > 0, 'units are offered')
  const card = field.locator('label', { hasText: name })
  if (await card.count() > 0) return card.first().click()
  const find = field.locator('input:not([type="radio"])').first()
  await find.click()
  await find.pressSequentially(name)
  return page.locator('.el-select-dropdown__item:visible', { hasText: name }).first().click()
}
