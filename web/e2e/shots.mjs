// Pictures of every page in both languages: `npm run shots` into shots/ with an index page; with `--docs` also those of the
// README into docs/pictures.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openBrowser, signIn, sit } from './browser.mjs'
import { firstGrid } from './place.mjs'
import { person, startServer } from './server.mjs'

const ROOT = join(import.meta.dirname, '../..')
const OUT = join(ROOT, 'shots')
const DESK = [[1440, 900], [1920, 1080]]
const PHONE = [[360, 780], [412, 880]]

/** Pages of a face: name, address or what to do, who looks. */
async function pages(url) {
  const grid = await firstGrid(url)
  const desk = await person(url, 'dispatch.1')
  const newest = async (query) => (await desk.get(`/api/cases?${query}&limit=1`)).cases[0]
  const handling = await newest('stage=handling&sort=due')
  const returned = await newest('stage=returned,in_ruling&sort=due')
  const anybody = await person(url, null)
  const report = await anybody.post('/api/public/reports', {
    id: crypto.randomUUID(), text: '小区门口的垃圾桶满了好几天，味道很大', matter: 'M0101', lon: grid.lon, lat: grid.lat, media: [], answers: {}, call_back: false, hide_phone: false,
  })
  const keeper = await person(url, 'net.1')
  const [draft] = (await keeper.get('/api/net/drafts')).drafts
  const [post] = (await anybody.get('/api/public/posts')).posts
  const worker = await person(url, 'grid.1')
  const [task] = (await worker.get('/api/field/today')).tasks
  return [
    { face: 'desk', login: null, shots: [['sign-in', '/desk/sign-in']] },
    {
      face: 'desk', login: 'dispatch.1', shots: [
        ['overview', '/desk/'], ['list', '/desk/cases'], ['list-filtered', '/desk/cases?stage=handling,returned&level=red'], ['list-empty', '/desk/cases?q=没有这样的案件'],
        ['case', `/desk/cases/${(returned ?? handling).number}`], ['case-handling', `/desk/cases/${handling.number}`], ['map', '/desk/map'],
        ['new-case', '/desk/cases/new'], ['grid', `/desk/grids/${grid.code}`], ['matters', '/desk/matters'], ['account', '/desk/account'],
        ['palette', '/desk/', async (page) => {
          await page.keyboard.press('Control+k')
          await page.keyboard.type('井盖')
          await page.waitForTimeout(900)
        }],
        ['nowhere', '/desk/nowhere-at-all'],
      ],
    },
    {
      face: 'desk', login: 'admin.system', shots: [
        ['files', '/desk/files'], ['routing', '/desk/matters/routing'], ['matters-drafts', '/desk/matters/drafts'], ['admission', '/desk/matters/admission'],
        ['grades', '/desk/matters/grades'], ['burden', '/desk/burden'],
      ],
    },
    { face: 'desk', login: 'net.1', shots: [['net', '/desk/net'], ...(draft ? [['net-draft', `/desk/net/${draft.id}`]] : []), ['net-past', '/desk/net/past']] },
    {
      face: 'desk', login: 'town.keeper.1', shots: [
        ['people', '/desk/people'], ['orgs', '/desk/orgs'], ['coverage', '/desk/coverage'], ['handovers', '/desk/handovers'], ['posts', '/desk/posts'],
        ['allowances', '/desk/allowances'], ['volunteers', '/desk/volunteers'],
      ],
    },
    { face: 'desk', login: 'town.keeper.2', shots: [['liaison', '/desk/liaison']] },
    { face: 'desk', login: 'grid.2', shots: [['my-allowances', '/desk/my-allowances']] },
    { face: 'desk', login: 'supervisor.1', shots: [['overview-city', '/desk/'], ['map-city', '/desk/map'], ['wall', '/desk/wall']] },
    { face: 'field', login: null, shots: [['sign-in', '/field/']] },
    {
      face: 'field', login: 'grid.1', shots: [
        ['today', '/field/'], ['tasks', '/field/tasks'], ...(task ? [['task', `/field/task/${task.id}`]] : []), ['map', '/field/map'], ['me', '/field/me'], ['report', '/field/report'], ['outbox', '/field/outbox'],
      ],
    },
    {
      face: 'citizen', login: null, shots: [
        ['report', '/'], ['progress', `/p/${report.progress_code}`], ['lookup', '/p'], ['nearby', '/nearby'],
        ['join', '/join'], ...(post ? [['apply', `/join/${post.id}`]] : []), ['volunteer', '/volunteer'], ['privacy', '/privacy'], ['lost', '/nowhere-at-all'],
      ],
    },
  ]
}

/** The README's pictures: face and name, at which width. */
const README = { 'desk-overview': 1440, 'desk-list': 1440, 'desk-case': 1440, 'citizen-report': 412, 'citizen-progress': 412, 'field-today': 412 }

export async function shots(options) {
  const only = options.find((option) => !option.startsWith('--'))
  rmSync(OUT, { recursive: true, force: true })
  mkdirSync(OUT, { recursive: true })
  const server = await startServer({ cases: 20_000 })
  const browser = await openBrowser()
  const made = []
  const faults = []
  try {
    for (const { face, login, shots: list } of await pages(server.url)) {
      for (const language of ['zh-CN', 'en']) {
        for (const [width, height] of face === 'desk' ? DESK : PHONE) {
          const wanted = list.filter(([name]) => !only || `${face}-${name}`.includes(only))
          if (wanted.length === 0) continue
          const page = await sit(browser, { url: server.url, width, height, language, faults })
          await page.context().grantPermissions(['geolocation'])
          if (login) await signIn(page, face, login)
          for (const [name, address, then] of wanted) {
            await page.goto(address)
            await page.waitForLoadState('networkidle').catch(() => null)
            await page.waitForTimeout(face === 'desk' ? 1_800 : 1_200)
            await then?.(page)
            const file = `${face}-${name}.${width}.${language}.png`
            await page.screenshot({ path: join(OUT, file) })
            made.push({ file, title: `${face} ${name} · ${width} · ${language}` })
          }
          await page.context().close()
        }
      }
    }
  } finally {
    await browser.close()
    await server.stop()
  }
  const figures = made.map(({ file, title }) => `<figure><figcaption>${title}</figcaption><img loading="lazy" src="${file}"></figure>`).join('\n')
  writeFileSync(join(OUT, 'index.html'), `<!doctype html><meta charset="utf-8"><title>Gridwork</title><style>body{font:14px sans-serif}img{max-width:100%;border:1px solid #ccc}</style>\n${figures}\n`)
  if (options.includes('--docs')) {
    const folder = join(ROOT, 'docs/pictures')
    mkdirSync(folder, { recursive: true })
    for (const [name, width] of Object.entries(README)) {
      for (const language of ['zh-CN', 'en']) copyFileSync(join(OUT, `${name}.${width}.${language}.png`), join(folder, `${name}.${language}.png`))
    }
  }
  for (const fault of faults) console.log(`  complained: ${fault}`)
  console.log(`${made.length} pictures in shots/, ${faults.length} complaints`)
}
