import type { CaseRow } from '@gridwork/api'
import { CELLS, groups, middle } from './city'

/** A small writer of Mapbox vector tiles (protobuf), enough for boxes and points with text and number properties. */
type Value = string | number
interface Feature { type: 1 | 3; rings: [number, number][][]; properties: Record<string, Value> }

const EXTENT = 4096

function varint(n: number): number[] {
  const out = []
  let left = n
  while (left > 127) {
    out.push((left % 128) | 128)
    left = Math.floor(left / 128)
  }
  out.push(left)
  return out
}
const block = (field: number, bytes: number[]) => [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes]
const number = (field: number, n: number) => [...varint(field * 8), ...varint(n)]
const text = (field: number, s: string) => block(field, [...new TextEncoder().encode(s)])
const zigzag = (n: number) => (n < 0 ? -2 * n - 1 : 2 * n)

function geometry({ type, rings }: Feature): number[] {
  const out: number[] = []
  let [x, y] = [0, 0]
  const go = ([px, py]: [number, number]) => {
    out.push(...varint(zigzag(px - x)), ...varint(zigzag(py - y)))
    ;[x, y] = [px, py]
  }
  for (const ring of rings) {
    const [first, ...rest] = ring
    if (!first) continue
    out.push(...varint(9))
    go(first)
    if (type !== 3) continue
    out.push(...varint(rest.length * 8 + 2))
    rest.forEach(go)
    out.push(...varint(15))
  }
  return out
}

function layer(name: string, features: Feature[]): number[] {
  const keys: string[] = []
  const values: Value[] = []
  const place = <T>(list: T[], item: T) => {
    const at = list.indexOf(item)
    return at >= 0 ? at : list.push(item) - 1
  }
  const bodies = features.flatMap((f) => {
    const tags = Object.entries(f.properties).flatMap(([k, v]) => [...varint(place(keys, k)), ...varint(place(values, v))])
    return block(2, [...block(2, tags), ...number(3, f.type), ...block(4, geometry(f))])
  })
  return block(3, [
    ...number(15, 2), ...text(1, name), ...bodies, ...keys.flatMap((k) => text(3, k)),
    ...values.flatMap((v) => block(4, typeof v === 'string' ? text(1, v) : number(5, v))), ...number(5, EXTENT),
  ])
}

function projector(z: number, x: number, y: number) {
  const scale = 2 ** z * EXTENT
  return (lon: number, lat: number): [number, number] => {
    const s = Math.sin((lat * Math.PI) / 180)
    return [
      Math.round(((lon + 180) / 360) * scale - x * EXTENT),
      Math.round((0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * scale - y * EXTENT),
    ]
  }
}

type Box = [number, number, number, number]
type Project = ReturnType<typeof projector>

/** Corners are moved a little by their own place, the same for all who share them, so that it looks surveyed. */
export function lean(lon: number, lat: number): [number, number] {
  const wave = (a: number) => Math.sin(a * 12_345.678) * 0.0011
  return [lon + wave(lon * 3 + lat * 7), lat + wave(lon * 5 - lat * 11) * 0.8]
}

function polygon(project: Project, box: Box, properties: Record<string, Value>): Feature {
  const [w, s, e, n] = box
  const corners: [number, number][] = [[w, n], [e, n], [e, s], [w, s]]
  return { type: 3, rings: [corners.map(([lon, lat]) => project(...lean(lon, lat)))], properties }
}
const point = (project: Project, at: [number, number], properties: Record<string, Value>): Feature =>
  ({ type: 1, rings: [[project(...at)]], properties })

function onTile(features: Feature[]): Feature[] {
  return features.filter(({ rings }) => {
    const xs = rings.flat().map(([x]) => x)
    const ys = rings.flat().map(([, y]) => y)
    return Math.max(...xs) > -256 && Math.min(...xs) < EXTENT + 256 && Math.max(...ys) > -256 && Math.min(...ys) < EXTENT + 256
  })
}

export function areaTile(z: number, x: number, y: number): Uint8Array {
  const project = projector(z, x, y)
  const out: number[] = []
  for (const [by, name, from] of [['district', 'district', 6], ['town', 'town', 8], ['community', 'communit', 10]] as const) {
    if (z < from) continue
    const rows = groups(by)
    const plural = by === 'community' ? 'communities' : `${name}s`
    out.push(...layer(plural, onTile(rows.map(({ of, box }) => polygon(project, box, { code: of.code, name: of.name, kind: by })))))
    out.push(...layer(`${by}_labels`, onTile(rows.map(({ of, box }) => point(project, middle(box), { code: of.code, name: of.name })))))
  }
  if (z >= 12) {
    out.push(...layer('grids', onTile(CELLS.map((c) => polygon(project, c.box, { code: c.code, name: c.name, kind: 'basic' })))))
    out.push(...layer('grid_labels', onTile(CELLS.map((c) => point(project, middle(c.box), { code: c.code, name: `${Number(c.code.slice(-3))} 网格` })))))
  }
  return Uint8Array.from(out)
}

export function caseTile(z: number, x: number, y: number, cases: CaseRow[]): Uint8Array {
  const project = projector(z, x, y)
  const placed = cases.flatMap((c) => (c.lon === null || c.lat === null ? [] : [{ c, at: [c.lon, c.lat] as [number, number] }]))
  if (z >= 13) {
    const points = placed.map(({ c, at }) =>
      point(project, at, { id: c.id, number: c.number, stage: c.stage, level: c.level, matter: c.matter?.code ?? '', urgency: c.matter?.urgency ?? '' }))
    return Uint8Array.from(layer('cases', onTile(points)))
  }
  const cells = new Map<string, typeof placed>()
  const step = 360 / 2 ** z / 6
  for (const p of placed) {
    const key = `${Math.floor(p.at[0] / step)},${Math.floor(p.at[1] / step)}`
    cells.set(key, [...(cells.get(key) ?? []), p])
  }
  const counts = [...cells.values()].map((members) => {
    const properties: Record<string, Value> = { count: members.length, red: 0, amber: 0 }
    for (const { c } of members) {
      properties[`s_${c.stage}`] = Number(properties[`s_${c.stage}`] ?? 0) + 1
      if (c.level === 'red' || c.level === 'amber') properties[c.level] = Number(properties[c.level]) + 1
    }
    const mean = (i: 0 | 1) => members.reduce((sum, m) => sum + m.at[i], 0) / members.length
    return point(project, [mean(0), mean(1)], properties)
  })
  return Uint8Array.from(layer('counts', onTile(counts)))
}
