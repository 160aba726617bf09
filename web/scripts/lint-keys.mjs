// The words of the faces: every key used exists in both languages, every key is used, keys are sorted, both languages
// take the same slots, and no Chinese text stands in code.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const LOCALES = 'packages/i18n/locales'
const faults = []

const domains = new Map()
for (const file of readdirSync(LOCALES).sort()) {
  const [, domain, language] = /^([a-z_]+)\.(zh-CN|en)\.json$/.exec(file) ?? []
  if (!domain) {
    faults.push(`${LOCALES}/${file}: not <domain>.<zh-CN|en>.json`)
    continue
  }
  const messages = JSON.parse(readFileSync(join(LOCALES, file), 'utf8'))
  const keys = Object.keys(messages)
  const sorted = keys.sort()
  if (keys.some((key, i) => key !== sorted[i])) faults.push(`${file}: keys are not sorted`)
  for (const key of keys) {
    if (!key.startsWith(`${domain}.`)) faults.push(`${file}: ${key} does not begin with ${domain}.`)
    if (sorted.some((other) => other.startsWith(`${key}.`))) faults.push(`${file}: ${key} is also the stem of another key`)
  }
  if (!domains.has(domain)) domains.set(domain, {})
  domains.get(domain)[language] = messages
}

const slots = (text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].sort().join(',')
const known = new Set()
for (const [domain, { 'zh-CN': zh = {}, en = {} }] of domains) {
  for (const key of new Set([...Object.keys(zh), ...Object.keys(en)])) {
    known.add(key)
    if (!(key in zh)) faults.push(`${domain}.zh-CN.json: ${key} is missing`)
    else if (!(key in en)) faults.push(`${domain}.en.json: ${key} is missing`)
    else if (slots(zh[key]) !== slots(en[key])) faults.push(`${key}: slots differ between the languages`)
  }
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!['node_modules', 'dist', 'locales'].includes(entry.name)) yield* sources(path)
    } else if (/\.(ts|vue)$/.test(entry.name)) yield path
  }
}

const stem = [...domains.keys()].join('|')
const literal = new RegExp(`['"\`]((?:${stem})\\.[a-zA-Z0-9_.]+)['"\`]`, 'g')
const template = new RegExp(`\`((?:${stem})\\.[a-zA-Z0-9_.]*)\\$\\{`, 'g')
const used = new Set()
const prefixes = new Set()
const withoutComments = (text) =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/<!--[\s\S]*?-->/g, '').replace(/(^|\s)\/\/.*$/gm, '')

for (const root of ['apps', 'packages']) {
  for (const path of sources(root)) {
    const fixture = path.startsWith('packages/mock/') || path.endsWith('.test.ts')
    const text = withoutComments(readFileSync(path, 'utf8'))
    if (!fixture && /\p{Script=Han}/u.test(text)) {
      const at = text.split('\n').find((line) => /\p{Script=Han}/u.test(line))
      faults.push(`${path}: Chinese text in code: ${at.trim().slice(0, 60)}`)
    }
    if (fixture) continue
    for (const [, key] of text.matchAll(literal)) {
      used.add(key)
      if (!known.has(key)) faults.push(`${path}: no words for ${key}`)
    }
    for (const [, prefix] of text.matchAll(template)) {
      prefixes.add(prefix)
      if (![...known].some((key) => key.startsWith(prefix))) faults.push(`${path}: no words below ${prefix}`)
    }
  }
}
for (const key of known) {
  if (!used.has(key) && ![...prefixes].some((prefix) => key.startsWith(prefix))) faults.push(`${key} is never used`)
}

for (const fault of faults) console.error(fault)
console.log(`${known.size} keys in ${domains.size} domains, ${faults.length} faults`)
process.exit(faults.length === 0 ? 0 : 1)
