import type { BlurArea } from '@gridwork/api'

const STEP = 0.02
const LEAST = 0.04

/** The area after an arrow key: moved, or with Shift grown and shrunk; inside the picture. `null` for other keys. */
export function moved([x, y, w, h]: BlurArea, key: string, resize: boolean): BlurArea | null {
  const steps: Record<string, [number, number]> = {
    ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP],
  }
  const step = steps[key]
  if (!step) return null
  const between = (n: number, low: number, high: number) => Math.round(Math.min(high, Math.max(low, n)) * 10_000) / 10_000
  if (resize) return [x, y, between(w + step[0], LEAST, 1 - x), between(h + step[1], LEAST, 1 - y)]
  return [between(x + step[0], 0, 1 - w), between(y + step[1], 0, 1 - h), w, h]
}
