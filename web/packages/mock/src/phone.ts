import type { CaseAction, CasePage, CaseRow, FieldTask, Me, Progress, ProgressMedia, Stage } from '@gridwork/api'
import { CASES, CATALOGUE, clock, ORGS, page, picture, START } from './cases'
import { CELLS, middle } from './city'

/** What the demonstration server answers to the two phone faces. */
const MINUTE = 60_000
const iso = (ms: number) => new Date(ms).toISOString()
const CELL = CELLS[0]

export const WORKER: Me = {
  account_id: 'a2', person_id: 'p2', name: '网格员 1（演示）', login: 'grid.1', totp: false, capabilities: [], home: 'field', must_change: false,
  seats: [{ role: 'grid_worker', role_zh: '网格员', role_en: 'Grid worker', area: { code: CELL?.community.code ?? '', name: CELL?.community.name ?? '', level: 'community' }, org: { id: 'o9', name_zh: `${CELL?.community.name ?? ''}网格服务站`, name_en: 'Community grid station' }, grid: CELL ? { code: CELL.code, name: CELL.name } : null }],
  area: { code: CELL?.community.code ?? '', name: CELL?.community.name ?? '', level: 'community', path: [] },
}

/** The worker's day: one danger, one late, one to sign, one to check, one to help with. */
const PLAN: [matter: string, kind: FieldTask['kind'], stage: Stage, ask: FieldTask['ask'], left: number, total: number, x: number, y: number][] = [
  ['M0201', 'handle', 'handling', 'handle', 26, 120, 0.5, 0.45], ['M0101', 'handle', 'handling', 'handle', -25, 240, 0.85, 0.3],
  ['M0301', 'handle', 'dispatched', 'sign', 22, 30, 0.3, 0.7], ['M0305', 'verify', 'verifying', 'verify', 128, 480, 0.65, 0.75],
  ['M0105', 'handle', 'handling', 'handle', 300, 960, 0.15, 0.2], ['M0402', 'sub_task', 'handling', 'sub_task', 610, 960, 0.8, 0.85], ['M0203', 'verify', 'handled', 'take', 400, 480, 0.4, 0.2],
]

export const TASKS: FieldTask[] = PLAN.flatMap(([code, kind, stage, ask, left, total, x, y], n) => {
  const like = CASES.find((one) => one.matter?.code === code) ?? CASES[n]
  if (!like || !CELL) return []
  const [w, s, e, north] = CELL.box
  const running = clock(kind === 'verify' ? 'verify' : stage === 'dispatched' ? 'sign' : code === 'M0201' ? 'handle' : 'handle', total, left)
  return [{
    ...like, id: `0190f000-0000-7000-8000-${String(n).padStart(12, '0')}`, number: `261124-${String(700 + n).padStart(5, '0')}`, stage, ask, kind, level: running.level, clock: running, distance_m: 90 + n * 70,
    lon: w + x * (e - w), lat: s + y * (north - s), grid: { code: CELL.code, name: CELL.name }, community: CELL.community, holder: ORGS[n % ORGS.length] ?? null, version: 3, thumb_url: picture(n % 4),
  }]
})

const CAN: Partial<Record<Stage, string[]>> = { dispatched: ['sign', 'return'], handling: ['handle', 'return'], handled: ['take'], verifying: ['pass', 'fail'] }
const NAMES: [string, string, string][] = [
  ['sign', '签收', 'Sign'], ['make_safe', '先行处置', 'Made safe'], ['handle', '处置完毕', 'Handled'], ['take', '开始核查', 'Take'], ['pass', '核查通过', 'Passed'], ['fail', '核查不通过', 'Failed'],
  ['finish_sub_task', '协办完成', 'Helped'], ['decline_sub_task', '谢绝协办', 'Decline'], ['return', '退回', 'Return'], ['request_extend', '申请延期', 'Extend'], ['request_suspend', '申请挂账', 'Suspend'], ['note', '写一条说明', 'Note'],
]

function actionsOf(task: FieldTask): CaseAction[] {
  const emergency = task.matter?.urgency === 'emergency'
  const can = new Set(task.kind === 'sub_task' ? ['finish_sub_task', 'decline_sub_task'] : [...(CAN[task.stage] ?? []), ...(emergency && task.stage === 'handling' ? ['make_safe'] : []), ...(task.stage === 'handling' && !emergency ? ['request_extend', 'request_suspend'] : [])])
  can.add('note')
  return NAMES.filter(([command]) => can.has(command) || (task.kind === 'handle' && ['request_extend', 'request_suspend'].includes(command))).map(([command, label_zh, label_en]) => ({
    command, label_zh, label_en, allowed: can.has(command), primary: false, asks_me: false, reason: can.has(command) ? null : emergency ? '紧急事项不能延期，也不能挂账' : '签收以后才能申请',
  }))
}

function taskPage(task: FieldTask): CasePage {
  const whole = page(task)
  const emergency = task.matter?.urgency === 'emergency' && task.stage === 'handling'
  return {
    ...whole, actions: actionsOf(task),
    case: {
      ...whole.case, clock: emergency ? clock('handle', 1440, 1320) : task.clock, make_safe: emergency ? clock('make_safe', 120, 26) : null, rework: task.matter?.code === 'M0101' ? 1 : 0,
      sub_tasks: task.kind === 'sub_task' ? [{ id: '0190f100-0000-7000-8000-000000000001', org: WORKER.seats[0]?.org ?? { id: '', name_zh: '', name_en: '' }, what: '看住现场，别让人从树下过', state: 'open', due_at: iso(START + 600 * MINUTE), result: null }] : [],
    },
  }
}

const CODE = 'ABCDEFGHJKLM'
const STEPS: [string, string][] = [['已收到', 'Received'], ['正在办理', 'Being dealt with'], ['已处理，正在核查', 'Done, being checked'], ['已结束', 'Finished']]
/** The progress shown for a code that ends in the name of a stage: `demo-confirming`. */
const SHOWN: Record<string, Partial<Progress> & { stage: Stage; step: Progress['step'] }> = {
  reported: { stage: 'reported', step: 1 }, question: { stage: 'reported', step: 1, question: { text: '是几号楼门口？', asked_at: iso(START - 20 * MINUTE), answer_by: iso(START + 1440 * MINUTE) } },
  handling: { stage: 'handling', step: 2 }, suspended: { stage: 'suspended', step: 2 }, verifying: { stage: 'verifying', step: 3 }, confirming: { stage: 'confirming', step: 3 }, closed: { stage: 'closed', step: 4, can_rate: true },
  declined: { stage: 'declined', step: 4, declined: { reason_zh: '属私人事务，已告知途径', reason_en: 'A private matter; told where to turn', note: '邻里噪声可先请物业或社区调解。' } }, merged: { stage: 'merged', step: 2, merged_into: '261124-00391' }, voided: { stage: 'voided', step: 4 },
}
const given = new Map<string, string>()

export function progressOf(code: string): Progress | null {
  const name = given.get(code) ?? (code.startsWith('demo-') ? code.slice(5) : code.replaceAll('-', '').startsWith(CODE.slice(0, 4)) ? 'confirming' : '')
  const set = SHOWN[name]
  if (!set) return null
  const matter = CATALOGUE[1]?.matters[1]
  const done = set.step >= 3
  const photo = (n: number, purpose: 'near' | 'after', at: number): ProgressMedia => ({ id: `0190d000-0000-7000-8000-0000000001${n}0`, url: picture(n), thumb_url: picture(n), purpose, at: iso(at) })
  const before = photo(1, 'near', START - 2880 * MINUTE)
  const after = photo(3, 'after', START - 90 * MINUTE)
  const can = (command: string) => ({ confirming: ['confirm', 'object'], reported: ['withdraw'], question: ['answer', 'withdraw'], handling: ['withdraw'], declined: ['object_decline'], closed: ['rate', 'reopen'] })[name]?.includes(command) ?? false
  return {
    number: '261122-02086', matter: matter ? { code: matter.code, name_zh: matter.name_zh, name_en: matter.name_en } : null, text: '路灯不亮，晚上走路看不清台阶。', place_text: '采菱路 96 号对面',
    lon: CELL ? middle(CELL.box)[0] : null, lat: CELL ? middle(CELL.box)[1] : null, reported_at: iso(START - 2880 * MINUTE),
    steps: STEPS.map(([title_zh, title_en], n) => ({ step: n + 1, title_zh, title_en, at: n < set.step && !(['declined', 'voided'].includes(name) && (n === 1 || n === 2)) ? iso(START - (2880 - n * 900) * MINUTE) : null, done: n + 1 < set.step || (n === 3 && set.step === 4), note_zh: n === 1 && set.step > 1 ? '市路灯管理所' : null, note_en: n === 1 && set.step > 1 ? 'Street lighting office' : null })),
    holder: set.step > 1 && set.step < 4 ? (ORGS[2] ?? null) : null, due_at: set.step < 3 ? iso(START + 3200 * MINUTE) : null, overdue: false,
    story: [
      ...(done ? [{ at: iso(START - 90 * MINUTE), kind: 'handled', text_zh: '市路灯管理所：处置完毕', text_en: 'Street lighting office: handled', media: [after] }] : []),
      ...(set.step > 1 ? [{ at: iso(START - 2860 * MINUTE), kind: 'dispatched', text_zh: '派给市路灯管理所', text_en: 'Sent to the street lighting office', media: [] }] : []),
      { at: iso(START - 2880 * MINUTE), kind: 'reported', text_zh: '收到上报', text_en: 'Report received', media: [before] },
    ],
    media: done ? [before, after] : [before], followers: 2, merged_into: null, declined: null, question: null, rating: null, can_rate: false,
    actions: (['confirm', 'object', 'answer', 'withdraw', 'object_decline', 'reopen', 'rate'] as const).map((command) => ({ command, allowed: can(command), reason: null, until: can(command) ? iso(START + 7 * 1440 * MINUTE) : null })),
    ...set,
  }
}

type Found = { json: unknown; status?: number } | null

export function readPhone(path: string, params: URLSearchParams): Found {
  if (path === '/api/field/today') return { json: { tasks: TASKS.filter((task) => task.stage !== 'closed'), grids: CELL ? [{ code: CELL.code, name: CELL.name }] : [], done_today: 3 } }
  if (path === '/api/public/open') {
    const [w = 0, s = 0, e = 0, n = 0] = (params.get('bbox') ?? '').split(',').map(Number)
    const inside = (one: CaseRow) => one.lon !== null && one.lat !== null && one.lon >= w && one.lon <= e && one.lat >= s && one.lat <= n
    return { json: { cases: CASES.filter((one) => one.stage !== 'closed' && inside(one)).map(({ id, number, lon, lat, matter, stage, reported_at }) => ({ id, number, lon, lat, matter, stage, reported_at })) } }
  }
  if (path.startsWith('/api/public/progress/')) {
    const progress = progressOf(decodeURIComponent(path.slice('/api/public/progress/'.length)))
    return progress ? { json: progress } : { status: 404, json: { status: 404, code: 'progress.not_found', detail: '没有这个查询码', params: {}, fields: [] } }
  }
  const task = TASKS.find((one) => path === `/api/cases/${one.id}`)
  return task ? { json: taskPage(task) } : null
}

const AFTER: Record<string, Stage> = { sign: 'handling', handle: 'handled', take: 'verifying', pass: 'confirming', fail: 'handling', confirm: 'closed', object: 'handling', withdraw: 'voided', reopen: 'handling', answer: 'reported' }

export function writePhone(path: string, body: unknown): Found {
  const field = (name: string): unknown => (body && typeof body === 'object' ? Reflect.get(body, name) : undefined)
  if (path === '/api/public/media' || path === '/api/media') return { status: 201, json: { id: `0190d000-0000-7000-8000-${String(Math.floor(Math.random() * 1e12)).padStart(12, '0')}`, kind: 'photo', width: 320, height: 216, url: picture(0), thumb_url: picture(0) } }
  const following = path.endsWith('/follow')
  if (path === '/api/public/reports' || following) {
    given.set('ABCD-EFGH-JKLM', following ? 'handling' : 'reported')
    return { status: 201, json: { case_id: CASES[0]?.id, number: '261124-00999', progress_code: 'ABCD-EFGH-JKLM', link: '/p/ABCD-EFGH-JKLM', grid_text: CELL ? `${CELL.district.name}${CELL.town.name}${CELL.name}` : '', next: { what_zh: '已派给市路灯管理所', what_en: 'Sent to the street lighting office', by: iso(START + 960 * MINUTE) }, unplaced: false, dispatched_to: null } }
  }
  const code = /^\/api\/public\/progress\/([^/]+)\/commands$/.exec(path)?.[1]
  if (code) {
    const command = String(field('command'))
    const rated = command === 'rate' ? { can_rate: false, rating: { stars: 4, reasons: ['solved'], words: null } } : {}
    const now = command === 'rate' ? 'closed' : (AFTER[command] ?? 'reported')
    // A code that names a state goes on naming it.
    if (!code.startsWith('demo-')) given.set(code, now)
    return { json: { ...progressOf(`demo-${now}`), ...rated } }
  }
  const task = TASKS.find((one) => path === `/api/cases/${one.id}/commands`)
  if (!task) return null
  const stage = AFTER[String(field('command'))]
  if (stage) Object.assign(task, { stage, ask: stage === 'handling' ? 'handle' : null, version: task.version + 1 })
  return { json: taskPage(task) }
}
