// A real Chromium, and people before it.
import { chromium } from 'playwright-core'
import { PASSWORD } from './server.mjs'

const FLAGS = [
  '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--disable-quic',
  '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

export const openBrowser = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })

/** What a page complains of that a person would not see. Refusals the story asks for are no complaint. */
export function watch(page, faults) {
  page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    const text = message.text()
    const refused = /status of (401|404|409|422)/.test(text)
    if (message.type() === 'error' && !refused && !/net::ERR_INTERNET_DISCONNECTED|WebSocket connection/.test(text)) faults.push(`${page.url()}: ${text}`)
  })
}

/** A browser of its own for one person. */
export async function sit(browser, { url, width = 1440, height = 900, language = 'zh-CN', faults = [], scheme = 'light' }) {
  const context = await browser.newContext({
    baseURL: url, viewport: { width, height }, locale: language, colorScheme: scheme, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce',
    hasTouch: width < 600, isMobile: width < 600, deviceScaleFactor: width < 600 ? 2 : 1,
  })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  watch(page, faults)
  return page
}

/** Signs in at the desk or in the field. */
export async function signIn(page, face, login, password = PASSWORD) {
  await page.goto(`/${face}/`)
  await page.locator('input[autocomplete="username"]').fill(login)
  await page.locator('input[type="password"]').fill(password)
  await page.locator('form button[type="submit"]').click()
  await page.locator('input[autocomplete="username"]').waitFor({ state: 'detached' })
}

/** A small picture as a file to upload: a coloured square, drawn by the browser itself. */
export async function picture(page, colour = '#7a5c3e', name = 'photo.jpg') {
  const base64 = await page.evaluate(async (fill) => {
    const canvas = document.createElement('canvas')
    canvas.width = 640
    canvas.height = 480
    const pen = canvas.getContext('2d')
    pen.fillStyle = '#b9c0c7'
    pen.fillRect(0, 0, 640, 480)
    pen.fillStyle = fill
    pen.fillRect(160, 200, 300, 180)
    pen.fillStyle = '#2b2f33'
    pen.beginPath()
    pen.ellipse(320, 300, 90, 50, 0.2, 0, 7)
    pen.fill()
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.9))
    const bytes = new Uint8Array(await blob.arrayBuffer())
    return btoa(String.fromCharCode(...bytes))
  }, colour)
  return { name, mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') }
}
