import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const css = readFileSync(resolve(import.meta.dirname, '../tokens.css'), 'utf8')
const block = (after: string) => {
  const from = css.indexOf('{', css.indexOf(after)) + 1
  return css.slice(from, css.indexOf('}', from))
}
const tokens = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name = '', value = '']) => [name, value]))

it('the dark theme is the same by choice and by the system’s wish', () => {
  const chosen = tokens(block('\n[data-theme="dark"]'))
  expect(Object.keys(chosen).length).toBeGreaterThan(60)
  expect(tokens(block(':root:not([data-theme="light"])'))).toEqual(chosen)
})

it('the dark theme turns over every colour of the light one', () => {
  const dark = Object.keys(tokens(block('\n[data-theme="dark"]')))
  const light = Object.entries(tokens(block('\n:root {'))).filter(([, value]) => /^(#|rgba)/.test(value)).map(([name]) => name)
  expect(light.filter((name) => !dark.includes(name))).toEqual([])
})
