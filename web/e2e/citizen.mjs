// What a resident does on the phone.
import { expect } from './expect.mjs'
import { picture } from './browser.mjs'

/** Reports with a photo at a place found by name; answers the number and the progress code. */
export async function report(page, { text, matter, place, photo = true }) {
  await page.goto('/')
  if (photo) {
    await page.locator('input[type="file"]').first().setInputFiles(await picture(page))
    await page.locator('main img').first().waitFor()
  }
  await page.getByRole('combobox').fill(place)
  await page.getByRole('option').first().click()
  await page.locator('textarea').first().fill(text)
  await page.getByRole('button', { name: matter, exact: true }).click()
  await page.getByRole('button', { name: '发送', exact: true }).click()
  await page.waitForURL(/\/sent\//)
  const code = decodeURIComponent(new URL(page.url()).pathname.split('/').pop())
  const number = await page.locator('dl dd').first().innerText()
  return { code, number }
}

/** Opens the progress page with the code, as from another device. */
export async function progress(page, code) {
  await page.goto(`/p/${code}`)
  await page.locator('main h1, main h2').first().waitFor()
}

export const shows = (page, words, patience) =>
  expect(() => page.locator('body').innerText(), (text) => text.includes(words), `the page shows ${words}`, patience)
