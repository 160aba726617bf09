import type { Ask, CaseAction, CaseDetail, CasePage, CaseRow, Category, Clock, ClockKind, Level, OrgName, Source, Stage, TimelineEntry } from '@gridwork/api'
import { CELLS } from './city'

/** Demonstration cases; people are called 演示. */
const ORG = (n: number, name_zh: string, name_en: string): OrgName => ({ id: `0190a000-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`, name_zh, name_en })
export const ORGS = [
  ORG(1, '区城市管理局', 'District urban management'), ORG(2, '市政养护所', 'Municipal maintenance'),
  ORG(3, '市路灯管理所', 'Street lighting office'), ORG(4, '区消防救援大队', 'District fire and rescue'),
  ORG(5, '区环卫作业二队', 'Sanitation team 2'), ORG(6, '通信管线运维单位', 'Telecom duct operator'),
  ORG(7, '交警天宁大队', 'Traffic police Tianning'), ORG(8, '区园林绿化所', 'Parks and greenery'),
]

const M = (code: string, name_zh: string, name_en: string, urgency: 'emergency' | 'urgent' | 'normal' | 'low', handle = 960) => ({
  code, name_zh, name_en, urgency, accept_minutes: 30, handle_minutes: handle,
  evidence: ['photo_near', 'photo_far', 'gps', 'photo_after'] as Category['matters'][number]['evidence'],
  closing_rule_zh: '现场恢复，核查照片与上报同一机位', closing_rule_en: 'Restored; verification photo from the same viewpoint',
  verification: 'on_site' as const, department_zh: '城市管理', department_en: 'Urban management', self_handle: urgency === 'low',
})
export const CATALOGUE: Category[] = [
  { code: 'C1', name_zh: '市容环境', name_en: 'City appearance and sanitation', matters: [M('M0101', '暴露垃圾', 'Exposed garbage', 'normal', 240), M('M0102', '积存建筑垃圾渣土', 'Accumulated construction waste', 'normal'), M('M0105', '非法小广告', 'Illegal small advertisements', 'low'), M('M0107', '占道经营（游商）', 'Street vending', 'normal', 120)] },
  { code: 'C2', name_zh: '市政设施', name_en: 'Municipal facilities', matters: [M('M0201', '井盖缺失或破损', 'Missing or broken manhole cover', 'emergency', 1440), M('M0203', '路灯不亮', 'Street light out', 'normal'), M('M0204', '供水管破裂漏水', 'Burst water main', 'emergency', 1440), M('M0207', '道路破损', 'Damaged road surface', 'normal', 2880)] },
  { code: 'C3', name_zh: '公共安全', name_en: 'Public safety', matters: [M('M0301', '消防通道堵塞', 'Blocked fire lane', 'urgent', 240), M('M0302', '高空坠物隐患', 'Risk of falling objects', 'urgent', 480), M('M0303', '积水内涝', 'Flooding', 'emergency', 240), M('M0305', '电动自行车违规停放充电', 'Unsafe e-bike parking or charging', 'normal')] },
  { code: 'C4', name_zh: '园林绿化', name_en: 'Greenery', matters: [M('M0401', '绿地脏乱', 'Untidy green space', 'low'), M('M0402', '行道树受损', 'Damaged street tree', 'normal')] },
]
const MATTERS = CATALOGUE.flatMap((category) => category.matters.map((matter) => ({ matter, category })))

const WORDS: Record<string, [string, string]> = {
  M0101: ['垃圾房外堆了十几袋垃圾，有异味，影响居民进出。', '彩虹城西区 8 幢垃圾房外'], M0102: ['河边绿地上倒了两车装修垃圾。', '横塘河北岸绿地'],
  M0105: ['单元门和电箱上贴了很多疏通管道的小广告。', '丽华二村 15 幢单元门'], M0107: ['公园东门外流动摊贩占了人行道，推车过不去。', '舣舟亭公园东门外人行道'],
  M0201: ['南门出来往西，非机动车道上少了一个井盖，早高峰电动车多，刚才有人差点骑进去。', '朝阳花园南门西 30 米，非机动车道'],
  M0203: ['从三号到九号灯杆都不亮，晚上很黑。', '水岸花园北路 3 号至 9 号灯杆'], M0204: ['路面往外冒水，已经漫到人行道上了。', '清凉东村 21 幢北侧路面'],
  M0207: ['路面有一个半米宽的坑，电动车经过要绕行。', '福北路与青洋路口东南角'], M0301: ['12 幢东侧消防通道停了两辆车，剩余宽度不到 2 米，标线清楚，未见车主。', '朝阳花园 12 幢东侧消防通道'],
  M0302: ['46 幢三层外墙空调架锈断了一边，挂着晃。', '红梅新村 46 幢三层外墙'], M0303: ['桥东路段积水，水深约 15 厘米，小车熄火一辆。', '三河口村桥东路段'],
  M0305: ['二单元门厅里停了六辆电动车在充电，电线从楼上拉下来。', '菱溪名居 3 幢二单元门厅'], M0401: ['绿地里有饮料瓶和纸屑。', '紫云苑河滨绿地'], M0402: ['一棵行道树被车撞歪，靠在电线上。', '丽华路与劳动路口西南角'],
}

let seed = 7
const chance = () => {
  seed = (seed * 16_807) % 2_147_483_647
  return seed / 2_147_483_647
}
const pick = <T>(list: readonly T[]): T => {
  const found = list[Math.floor(chance() * list.length)]
  if (found === undefined) throw new Error('empty list')
  return found
}

export const START = Date.now()
const iso = (ms: number) => new Date(ms).toISOString()

export function clock(kind: ClockKind, totalMin: number, leftMin: number, state: Clock['state'] = 'running'): Clock {
  const level = leftMin < 0 ? 'red' : leftMin / totalMin <= 0.25 ? 'amber' : 'ok'
  return {
    kind, state, started_at: iso(START - (totalMin - leftMin) * 60_000), due_at: state === 'paused' ? null : iso(START + leftMin * 60_000),
    total_s: totalMin * 60, spent_s: (totalMin - leftMin) * 60, remaining_s: leftMin * 60, level, around_the_clock: true,
    provisional: false, paused_at: state === 'paused' ? iso(START - 86_400_000) : null, met: state === 'stopped' ? leftMin >= 0 : null,
  }
}

const STAGE_OF: [Stage, Ask | null, ClockKind, number][] = [
  ['reported', 'accept', 'accept', 30], ['accepted', 'dispatch', 'dispatch', 30], ['dispatched', null, 'sign', 60], ['handling', null, 'handle', 960],
  ['handling', 'approve_extend', 'handle', 960], ['handled', null, 'verify', 480], ['verifying', null, 'verify', 480], ['confirming', null, 'objection', 2880],
  ['returned', 'redispatch', 'dispatch', 30], ['in_ruling', 'rule', 'ruling', 480], ['suspended', null, 'handle', 960], ['handling', 'approve_suspend', 'handle', 960], ['closed', null, 'reopen', 4320],
]

export function picture(n: number): string {
  const hues = ['#bdc7cf', '#c9c2b4', '#b9c6b8', '#c6bcc4']
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="216" viewBox="0 0 160 108"><rect width="160" height="108" fill="#dfe6ea"/><rect y="8" width="38" height="40" fill="${hues[n % 4]}"/><rect x="112" y="2" width="48" height="46" fill="#c6c1b8"/><path d="M0 48h160v60H0z" fill="#a9adb2"/><path d="M70 108l8-60h4l-8 60z" fill="#fff" opacity=".7"/><ellipse cx="${100 - n * 6}" cy="${80 - n * 2}" rx="${10 + n * 3}" ry="${4 + n}" fill="#20262d"/><text x="6" y="102" font-size="8" fill="#fff" opacity=".8">DEMO</text></svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

function make(i: number): CaseRow {
  const { matter, category } = pick(MATTERS)
  const [stage, ask, kind, total] = STAGE_OF[i % STAGE_OF.length] ?? ['reported', 'accept', 'accept', 30]
  const cell = pick(CELLS)
  const [w, s, e, n] = cell.box
  const left = Math.round(i < 9 ? [-25, -12, -8, 9, 14, 36, 48, 52, 130][i] ?? 60 : total * (0.05 + chance() * 0.9))
  const running = stage === 'suspended' ? clock(kind, total, left, 'paused') : stage === 'closed' ? clock(kind, total, left, 'stopped') : clock(kind, total, left)
  const level: Level = stage === 'suspended' ? 'paused' : stage === 'closed' ? 'none' : running.level
  const at = START - Math.round((total - left) * 60_000 + chance() * 86_400_000 * (i % 4))
  const source: Source = pick(['citizen', 'worker', 'call', 'citizen', 'worker', 'open311', 'inspection'])
  const held = !['reported', 'accepted', 'returned'].includes(stage)
  const [text, place] = WORDS[matter.code] ?? ['', '']
  return {
    id: `0190c000-0000-7000-8000-${String(i).padStart(12, '0')}`, number: `261124-${String(391 + i * 3).padStart(5, '0')}`,
    matter: { code: matter.code, name_zh: matter.name_zh, name_en: matter.name_en, category: category.code, urgency: matter.urgency },
    stage, source, text, place_text: place, lon: w + chance() * (e - w), lat: s + chance() * (n - s),
    grid: { code: cell.code, name: cell.name }, community: cell.community, town: cell.town, district: cell.district,
    holder: held ? pick(ORGS) : null, handler: stage === 'handling' ? { id: `p${i}`, name: '演示处置员' } : null,
    reported_at: iso(at), updated_at: iso(START - i * 70_000), clock: running,
    whole: clock('whole', total * 6, total * 3 + left), level, rework: i % 11 === 5 ? 1 : 0, returns: stage === 'returned' ? 1 : 0,
    reminders: i % 7 === 0 ? 1 : 0, supervised: i % 17 === 3, reporters: i % 5 === 1 ? 3 : 1, thumb_url: picture(i % 4), ask, version: 3,
  }
}

export const CASES: CaseRow[] = Array.from({ length: 90 }, (_, i) => make(i))

const ACTIONS: [string, string, string][] = [
  ['accept', '受理', 'Accept'], ['decline', '不予受理', 'Decline'], ['dispatch', '派遣', 'Dispatch'], ['redispatch', '改派', 'Redispatch'], ['rule', '裁定', 'Rule'],
  ['approve_extend', '批准延期', 'Approve extension'], ['refuse_extend', '不批延期', 'Refuse extension'], ['approve_suspend', '批准挂账', 'Approve suspension'],
  ['remind', '催办', 'Remind'], ['supervise', '督办', 'Supervise'], ['add_sub_task', '加协办', 'Add sub-task'], ['merge', '合并到另一件', 'Merge'],
  ['set_matter', '改事项', 'Change matter'], ['place', '改位置', 'Move'], ['request_suspend', '申请挂账', 'Request suspension'], ['handle', '反馈处理结果', 'Report handling'],
  ['pass', '核查通过', 'Pass'], ['request_void', '申请作废', 'Request voiding'], ['note', '写说明', 'Note'],
]
const COMMON = new Set(['remind', 'supervise', 'add_sub_task', 'merge', 'set_matter', 'place', 'note', 'request_void'])

function actions(row: CaseRow): CaseAction[] {
  const mine: Record<string, string[]> = {
    reported: ['accept', 'decline'], accepted: ['dispatch'], returned: ['redispatch'], in_ruling: ['rule'],
    handling: row.ask === 'approve_extend' ? ['approve_extend', 'refuse_extend'] : row.ask === 'approve_suspend' ? ['approve_suspend'] : [],
  }
  const allowed = mine[row.stage] ?? []
  return ACTIONS.map(([command, label_zh, label_en]) => {
    const can = allowed.includes(command) || COMMON.has(command)
    return { command, label_zh, label_en, allowed: can, primary: allowed[0] === command, reason: can ? null : '现在的阶段不能这样做', asks_me: allowed[0] === command }
  })
}

function timeline(row: CaseRow): TimelineEntry[] {
  const steps: [string, string, string, boolean, string | null, number][] = [
    ['reported', '上报', 'Reported', false, '市民 演*', 0], ['accepted', '受理', 'Accepted', false, '演示受理员', 3],
    ['routed', '按路由表匹配到承办单位', 'Matched to a unit by the routing table', true, null, 4], ['dispatched', '派遣', 'Dispatched', false, '演示派遣员', 6],
    ['signed', '签收', 'Signed', false, '演示处置员', 13], ['made_safe', '先行围护', 'Made safe', false, '演示网格员', 33], ['returned', '退回', 'Returned', false, '演示处置员', 37],
    ['due', '改派到时，转为超时', 'Redispatch overdue', true, null, 67],
  ]
  const upto: Partial<Record<Stage, number>> = { reported: 1, accepted: 2, dispatched: 4, handling: 6, returned: 8 }
  return steps.slice(0, upto[row.stage] ?? 6).map(([kind, title_zh, title_en, system, name, min], i): TimelineEntry => ({
    id: `e${i}`, at: iso(Date.parse(row.reported_at) + min * 60_000), kind, system, public: !system && i !== 3, title_zh, title_en,
    by: name ? { name, org_zh: i > 3 ? '市政养护所' : null, org_en: i > 3 ? 'Municipal maintenance' : null, role: null } : null,
    details: kind === 'returned' ? [{ label_zh: '说明', label_en: 'Note', text: '井盖表面铸有“通信”字样，不属市政管养。' }, { label_zh: '依据', label_en: 'Clause', text: '市政设施管养责任清单第 12 条' }, { label_zh: '退回次数', label_en: 'Returns', text: '1/1' }] : kind === 'made_safe' ? [{ label_zh: '说明', label_en: 'Note', text: '已放四个锥桶拉警戒带。' }] : [],
    media: [],
  })).reverse()
}

export function page(row: CaseRow): CasePage {
  const detail: CaseDetail = {
    ...row, answers: { 在车道上吗: '非机动车道', 有人受伤吗: '没有', 有警示吗: '没有' },
    reporter: { masked_name: '演*', masked_phone: '138****0000', hide_phone: false, call_back: true, anonymous: false },
    place: { grid: row.grid, dedicated: null, informed_grid: null, community: row.community, town: row.town, district: row.district, net: 1, border_m: 38, placed_by: 'gps' },
    media: [0, 1, 2].map((n) => ({ id: `0190d000-0000-7000-8000-00000000000${n}`, kind: 'photo', purpose: (['far', 'near', 'ref'] as const)[n] ?? 'other', url: picture(n), thumb_url: picture(n), at: row.reported_at, by_text: '演示', event_id: null, width: 320, height: 216, lon: null, lat: null, file_name: null })),
    clocks: [row.clock, row.whole].filter((c) => c !== null), make_safe: row.matter?.urgency === 'emergency' ? clock('make_safe', 120, 93, 'stopped') : null,
    evidence_needed: [{ token: 'photo_near', have: true, when: 'report' }, { token: 'photo_far', have: true, when: 'report' }, { token: 'photo_after', have: false, when: 'handle' }],
    closing_rule_zh: '现场恢复，核查照片与上报同一机位', closing_rule_en: 'Restored; verification photo from the same viewpoint', verification: 'on_site',
    why_here: [{ text_zh: `位置落在${row.grid?.name ?? ''}`, text_en: `The place lies in ${row.grid?.name ?? ''}` }, { text_zh: '路由表第 14 条：此类事项归市政养护所', text_en: 'Routing rule 14: this matter belongs to municipal maintenance' }, { text_zh: '同类案件上次也派给该单位', text_en: 'The last like case went to the same unit' }],
    lead: null, sub_tasks: [], requests: row.ask === 'approve_extend' ? [{ id: '0190e000-0000-7000-8000-000000000001', kind: 'extend', by: '演示处置员', at: row.updated_at, reason: '备件明天到货', until: iso(START + 2 * 86_400_000), state: 'open' }] : [],
    merged: [], merged_into: null, whistles: [], followers: row.reporters - 1, rating: null, binding: false, returns_left: 1 - row.returns, reopens: 0, seq: 100,
  }
  return { case: detail, timeline: timeline(row), actions: actions(row) }
}
