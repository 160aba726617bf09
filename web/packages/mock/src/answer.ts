import { ASKS, FIGURE_KEYS, type CaseRow, type Me, type Overview, type Reasons } from '@gridwork/api'
import { CASES, CATALOGUE, ORGS, page, START } from './cases'
import { cellAt, CELLS, CITY, divisions, middle } from './city'
import { readPhone, WORKER, writePhone } from './phone'
import { areaTile, caseTile, lean } from './tiles'

export interface Answer { status: number; json?: unknown; bytes?: Uint8Array }

const ME: Me = {
  account_id: 'a1', person_id: 'p1', name: '派遣员 1（演示）', login: 'dispatch.1', totp: false,
  seats: [{ role: 'dispatcher', role_zh: '派遣席', role_en: 'Dispatcher', area: { code: '320402000000', name: '天宁区', level: 'district' }, org: { id: 'o', name_zh: '天宁区指挥中心', name_en: 'Tianning command centre' }, grid: null }],
  capabilities: ['read_cases', 'report_cases', 'dispatch_cases', 'watch_cases', 'export_cases', 'see_reporters', 'read_net'], home: 'desk', must_change: false,
  area: { code: '320402000000', name: '天宁区', level: 'district', path: [{ code: '320400000000', name: '常州市' }, { code: '320402000000', name: '天宁区' }] },
}

const REASONS: Reasons = {
  decline: [{ code: 'not_in_catalogue', name_zh: '不在事项清单内', name_en: 'Not in the catalogue' }, { code: 'no_facts', name_zh: '查无事实', name_en: 'No facts found' }],
  return: [{ code: 'wrong_unit', name_zh: '不属本单位职责', name_en: 'Not our duty' }], suspend: [{ code: 'season', name_zh: '季节原因', name_en: 'Season' }],
  void: [{ code: 'test_entry', name_zh: '测试录入', name_en: 'Test entry' }], exclude: [{ code: 'force_majeure', name_zh: '不可抗力', name_en: 'Force majeure' }],
  rating: [{ code: 'quick', name_zh: '处理快', name_en: 'Quick', good: true }],
}

let signedIn = true
let me = ME
const views = [{ id: 'v1', name: '退回与裁定', query: 'stage=returned,in_ruling', count: 8, shared: true }]

function filtered(params: URLSearchParams): CaseRow[] {
  const list = (key: string) => params.get(key)?.split(',') ?? []
  const within = (key: string, value: string | null | undefined) => list(key).length === 0 || list(key).includes(value ?? '')
  const q = params.get('q') ?? ''
  return CASES.filter((c) =>
    within('stage', c.stage) && within('level', c.level) && within('ask', c.ask) && within('source', c.source) && within('matter', c.matter?.code)
    && within('urgency', c.matter?.urgency) && (params.get('mine') !== '1' || c.ask !== null) && (params.get('supervised') !== '1' || c.supervised)
    && (params.get('grid') ?? c.grid?.code) === c.grid?.code
    && (q === '' || `${c.number}${c.text}${c.place_text}${c.matter?.name_zh}`.includes(q)))
    .sort((a, b) => (params.get('sort') === '-reported_at' ? b.reported_at.localeCompare(a.reported_at) : (a.clock?.remaining_s ?? 9e9) - (b.clock?.remaining_s ?? 9e9)))
}

function tally(cases: CaseRow[], of: (c: CaseRow) => string | null): Record<string, number> {
  const found: Record<string, number> = {}
  for (const c of cases) {
    const key = of(c)
    if (key) found[key] = (found[key] ?? 0) + 1
  }
  return found
}

function overview(): Overview {
  const mine = CASES.filter((c) => c.ask !== null).sort((a, b) => (a.clock?.remaining_s ?? 0) - (b.clock?.remaining_s ?? 0))
  const within = (from: number, to: number) => mine.filter((c) => c.level !== 'paused' && (c.clock?.remaining_s ?? 0) >= from && (c.clock?.remaining_s ?? 0) < to).length
  const figures: [number, number][] = [[412, 386], [9, 14], [486, 471], [23, 31], [361, 348], [96.4, 95.1]]
  return {
    asks: { overdue: within(-1e9, 0), within_hour: within(0, 3600), today: within(3600, 8 * 3600), later: within(8 * 3600, 1e9), paused: 2, total: mine.length + 2, cases: mine.slice(0, 60) },
    figures: FIGURE_KEYS.map((key, i) => ({ key, value: figures[i]?.[0] ?? 0, before: figures[i]?.[1] ?? 0, unit: key === 'on_time_rate' ? 'percent' : 'cases', series: [3, 5, 4, 8, 9, 12, 11, 14].map((n) => n + i), series_before: [4, 4, 5, 7, 10, 11, 12, 12].map((n) => n + i) })),
    by_stage: tally(CASES, (c) => c.stage), area: { code: '320402000000', name: '天宁区' },
  }
}

const problem = (status: number, code: string, detail: string, more: object = {}): Answer => ({ status, json: { type: 'about:blank', title: code, status, code, detail, params: {}, fields: [], ...more } })
const ok = (json: unknown, status = 200): Answer => ({ status, json })

function read(path: string, params: URLSearchParams): Answer | null {
  const tile = /^\/api\/tiles\/(areas\/\d+|cases)\/(\d+)\/(\d+)\/(\d+)\.mvt$/.exec(path)
  if (tile) {
    const [z, x, y] = [Number(tile[2]), Number(tile[3]), Number(tile[4])]
    return { status: 200, bytes: tile[1] === 'cases' ? caseTile(z, x, y, filtered(params).filter((c) => c.stage !== 'closed')) : areaTile(z, x, y) }
  }
  if (path === '/api/cases/nearby') return ok({ cases: CASES.slice(0, 2).map((c) => ({ ...c, distance_m: 35, score: 0.7, because: ['place', 'matter'] })) })
  const row = CASES.find((c) => path.startsWith(`/api/cases/${c.id}`) || path.startsWith(`/api/cases/${c.number}`))
  if (row) {
    if (path.endsWith('/duplicates')) return ok({ cases: CASES.filter((c) => c.matter?.code === row.matter?.code && c.id !== row.id).slice(0, 2).map((c) => ({ ...c, distance_m: 42, score: 0.8, because: ['place', 'matter'] })) })
    if (path.endsWith('/units')) return ok({ units: ORGS.slice(0, 3).map((org, i) => ({ org, why_zh: `路由表第 ${14 + i} 条`, why_en: `Routing rule ${14 + i}`, precedence: i, hours: 4 * (i + 1) })) })
    return ok(page(row))
  }
  const grid = CELLS.find((c) => path === `/api/grids/${c.code}`)
  if (grid) {
    const [w, s, e, n] = grid.box
    return ok({ grid: { ...grid, box: undefined, kind: 'basic', dedicated_kind: null, area_m2: 182_400, valid_from: '2026-01-01', net: 1, lon: middle(grid.box)[0], lat: middle(grid.box)[1], chief: { name: '演示网格长' }, workers: [{ name: '演示网格员' }], open: CASES.filter((c) => c.grid?.code === grid.code).length, polygon: { type: 'Polygon', coordinates: [[lean(w, s), lean(e, s), lean(e, n), lean(w, n), lean(w, s)]] } } })
  }
  switch (path) {
    case '/healthz': return ok({ status: 'ready' })
    case '/api/public/city': return ok(CITY)
    case '/api/public/locate': {
      const cell = cellAt(Number(params.get('lon')), Number(params.get('lat')))
      return ok(cell ? { inside: true, grid: { code: cell.code, name: cell.name, kind: 'basic' }, dedicated: null, community: cell.community, town: cell.town, district: cell.district, text: `${cell.district.name}${cell.town.name}${cell.name}` } : { inside: false, grid: null, dedicated: null, community: null, town: null, district: null, text: '' })
    }
    case '/api/public/places': return ok({ places: CELLS.filter((c) => c.name.includes(params.get('q') ?? '')).slice(0, 6).map((c) => ({ text: c.name, kind: 'grid', lon: middle(c.box)[0], lat: middle(c.box)[1], code: c.code })) })
    case '/api/public/nearby': return ok({ cases: CASES.slice(0, 2).map((c) => ({ ...c, distance_m: 35, score: 0.7, because: ['place', 'matter'] })) })
    case '/api/public/matters': return ok({ categories: CATALOGUE.map((c) => ({ ...c, matters: c.matters.map((m) => ({ ...m, questions: [] })) })) })
    case '/api/me': return signedIn ? ok({ me }) : problem(401, 'session.missing', '请先登录')
    case '/api/sessions': return ok({ sessions: [{ id: 's1', created_at: new Date(START - 3_600_000).toISOString(), last_seen_at: new Date(START).toISOString(), agent: 'Chromium', current: true }] })
    case '/api/cases': {
      const rows = filtered(params)
      const from = Number(params.get('after') ?? 0)
      const limit = Number(params.get('limit') ?? 50)
      return ok({ cases: rows.slice(from, from + limit), next: from + limit < rows.length ? String(from + limit) : null, seq: 100 })
    }
    case '/api/cases/counts': {
      const rows = filtered(params)
      return ok({ total: rows.length, total_more: false, by_stage: tally(rows, (c) => c.stage), by_level: tally(rows, (c) => c.level), by_ask: tally(rows, (c) => c.ask) })
    }
    case '/api/views': return ok({ views })
    case '/api/reasons': return ok({ reasons: REASONS })
    case '/api/purposes': return ok({ purposes: [{ code: 'case', name_zh: '办案核实', name_en: 'Case work' }, { code: 'call_back', name_zh: '回访', name_en: 'Call back' }] })
    case '/api/matters': return ok({ categories: CATALOGUE })
    case '/api/orgs': return ok({ orgs: ORGS.map((o) => ({ ...o, kind: 'department', area: null })) })
    case '/api/overview': return ok(overview())
    case '/api/divisions': return ok({ divisions: divisions(params.get('parent') ?? '320400000000') })
    case '/api/search': {
      const q = params.get('q') ?? ''
      return ok({ cases: filtered(new URLSearchParams({ q })).slice(0, 5), grids: CELLS.filter((c) => c.name.includes(q)).slice(0, 4).map((c) => ({ code: c.code, name: c.name, lon: middle(c.box)[0], lat: middle(c.box)[1] })), divisions: [], orgs: ORGS.filter((o) => o.name_zh.includes(q)).slice(0, 3), pages: [] })
    }
    default: return null
  }
}

function write(method: string, path: string, body: unknown): Answer | null {
  const field = (name: string): unknown => (body && typeof body === 'object' ? Reflect.get(body, name) : undefined)
  if (path === '/api/session' && method === 'POST') {
    if (field('password') !== 'gridwork-demo-2026') return problem(401, 'session.wrong', '账号或密码不对')
    signedIn = true
    me = String(field('login')).startsWith('grid') ? WORKER : ME
    return ok({ me })
  }
  if (path.startsWith('/api/session')) {
    signedIn = false
    return ok({})
  }
  if (path.endsWith('/suggest') || path.endsWith('/suggest-matter')) {
    return ok({ suggestions: CATALOGUE.flatMap((c) => c.matters).slice(4, 9).map((m, i) => ({ code: m.code, name_zh: m.name_zh, name_en: m.name_en, score: 0.9 - i / 10, because: ['井盖'] })) })
  }
  if (path === '/api/cases' && method === 'POST') {
    if (!field('text')) return problem(422, 'form.invalid', '还有内容没填对', { fields: [{ field: 'text', code: 'text.required', detail: '请写明发生了什么', params: {} }] })
    return ok({ case_id: CASES[0]?.id, number: '261124-00999', grid_text: CELLS[0]?.name, dispatched_to: null, why_here: [] }, 201)
  }
  if (path === '/api/cases/bulk') {
    const cases = field('cases')
    return ok({ done: Array.isArray(cases) ? cases : [], refused: [] })
  }
  if (path === '/api/views') return ok({ id: field('id'), name: field('name'), query: field('query'), count: null, shared: false }, 201)
  if (path === '/api/me/totp') return ok({ secret: 'JBSWY3DPEHPK3PXP', otpauth_url: 'otpauth://totp/Gridwork:dispatch.1?secret=JBSWY3DPEHPK3PXP' })
  const row = CASES.find((c) => path.startsWith(`/api/cases/${c.id}`))
  if (row && path.endsWith('/commands')) {
    const command = ASKS.find((known) => known === field('command'))
    if (command === 'accept') Object.assign(row, { stage: 'accepted', ask: 'dispatch' })
    if (command === 'dispatch' || command === 'redispatch') Object.assign(row, { stage: 'dispatched', ask: null, holder: ORGS[0] })
    row.version += 1
    return ok(page(row))
  }
  if (row && path.endsWith('/reporter')) return ok({ name: '演示市民', phone: '13800000000' })
  return null
}

/** What the demonstration server answers to one request. */
export function answer(method: string, url: string, body: unknown = null): Answer {
  const { pathname, searchParams } = new URL(url, 'http://mock')
  const phone = method === 'GET' ? readPhone(pathname, searchParams) : writePhone(pathname, body)
  if (phone) return ok(phone.json, phone.status)
  const found = method === 'GET' ? read(pathname, searchParams) : write(method, pathname, body)
  return found ?? problem(404, 'route.not_found', '没有这个地址')
}

/** A `fetch` that asks the demonstration server instead of the network. */
export const mockFetch: typeof fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : String(input)
  const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null
  const { status, json, bytes } = answer(init?.method ?? 'GET', url, body)
  if (bytes) return new Response(bytes.slice().buffer, { status })
  const type = status >= 400 ? 'application/problem+json' : 'application/json'
  return new Response(JSON.stringify(json), { status, headers: { 'content-type': type } })
}
