import type { City, Coded, Division, LonLat } from '@gridwork/api'

/** A demonstration city: 6 by 6 communities of 3 by 3 grids in two districts. Everything in it is made up. */
export const CITY: City = {
  name_zh: '常州市', name_en: 'Changzhou', jurisdiction_id: 'demo', zone: 'Asia/Shanghai', schematic: true,
  center: [119.995, 31.775], bounds: [119.9, 31.7, 120.09, 31.85], net: 1, version: '0.1.0', test_clock: false,
}

const COMMUNITIES = [
  '丽华二村', '丽华三村', '朝阳一社', '朝阳花园', '菱溪', '水岸', '采菱', '红梅新村', '翠竹新村', '三里村', '常青村', '龙湖郦城',
  '清溪村', '团结村', '浦前', '青凉寺', '舣舟亭', '紫云苑', '彩虹城', '博爱路', '永宁路', '福北', '横塘', '九洲新世界',
  '椿桂坊', '兆丰花苑', '茶山路', '清凉东村', '工人一社', '锦绣东苑', '同济桥', '斜桥巷', '新丰街', '荷花池', '三河口', '郑陆',
]
const TOWNS = ['雕庄街道', '青龙街道', '红梅街道', '茶山街道', '天宁街道', '兰陵街道']

export interface Cell { code: string; name: string; community: Coded; town: Coded; district: Coded; box: [number, number, number, number] }

const DISTRICT: Coded = { code: '320402000000', name: '天宁区' }
export const DISTRICTS: Coded[] = [DISTRICT, { code: '320404000000', name: '钟楼区' }]

const [W, S, E, N] = CITY.bounds
const SIDE = 6

/** Every basic grid with its box in degrees. */
export const CELLS: Cell[] = COMMUNITIES.flatMap((name, c) => {
  const col = c % SIDE
  const row = Math.floor(c / SIDE)
  const townNo = Math.floor(row / 2) * 2 + Math.floor(col / 3)
  const town: Coded = { code: `3204020${String(townNo + 1).padStart(2, '0')}000`, name: TOWNS[townNo] ?? '' }
  const community: Coded = { code: `3204020${String(townNo + 1).padStart(2, '0')}${String(c + 1).padStart(3, '0')}`, name: `${name}社区` }
  const w = (E - W) / SIDE
  const h = (N - S) / SIDE
  return Array.from({ length: 9 }, (_, g): Cell => {
    const x = W + col * w + (g % 3) * (w / 3)
    const y = S + row * h + Math.floor(g / 3) * (h / 3)
    return {
      code: `${community.code}1${String(g + 1).padStart(3, '0')}`, name: `${name}社区第${g + 1}网格`,
      community, town, district: DISTRICT, box: [x, y, x + w / 3, y + h / 3],
    }
  })
})

export function cellAt(lon: number, lat: number): Cell | null {
  return CELLS.find(({ box: [w, s, e, n] }) => lon >= w && lon < e && lat >= s && lat < n) ?? null
}

export function middle([w, s, e, n]: [number, number, number, number]): LonLat {
  return [(w + e) / 2, (s + n) / 2]
}

function around(cells: Cell[]): [number, number, number, number] {
  return [
    Math.min(...cells.map((c) => c.box[0])), Math.min(...cells.map((c) => c.box[1])),
    Math.max(...cells.map((c) => c.box[2])), Math.max(...cells.map((c) => c.box[3])),
  ]
}

export function groups(by: 'community' | 'town' | 'district'): { of: Coded; box: [number, number, number, number] }[] {
  const found = new Map<string, Cell[]>()
  for (const cell of CELLS) found.set(cell[by].code, [...(found.get(cell[by].code) ?? []), cell])
  return [...found.values()].map((cells) => ({ of: cells[0]?.[by] ?? DISTRICT, box: around(cells) }))
}

export function divisions(parent: string): Division[] {
  const rows = parent.endsWith('00000000') ? DISTRICTS.map((of) => ({ of, box: CITY.bounds }))
    : parent.endsWith('000000') ? groups('town') : groups('community').filter(({ of }) => of.code.startsWith(parent.slice(0, 9)))
  const level = parent.endsWith('00000000') ? 'district' : parent.endsWith('000000') ? 'town' : 'community'
  return rows.map(({ of, box }) => ({ ...of, level, lon: middle(box)[0], lat: middle(box)[1], bounds: box }))
}
