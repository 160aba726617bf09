import type { BlurArea } from '@gridwork/api'

/** A box between two corners (0..1 each), kept inside the picture; `null` when too small to be meant. */
export function boxBetween(a: [number, number], b: [number, number], least = 0.01): BlurArea | null {
  const inside = (n: number) => Math.min(1, Math.max(0, n))
  const x = inside(Math.min(a[0], b[0]))
  const y = inside(Math.min(a[1], b[1]))
  const w = inside(Math.max(a[0], b[0])) - x
  const h = inside(Math.max(a[1], b[1])) - y
  if (w < least || h < least) return null
  const round = (n: number) => Math.round(n * 10_000) / 10_000
  return [round(x), round(y), round(w), round(h)]
}
