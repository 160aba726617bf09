import type { Stage } from '@gridwork/api'

/**
 * One stroke or surface of a stage's glyph, on a 16 × 16 field. The glyph fills as the case advances: broken ring,
 * ring, quarter, half, three quarters, tick in a ring, solid disc. Side ways off the road have shapes of their own.
 */
export type GlyphPart =
  | { kind: 'line'; d: string; dash?: [number, number] }
  | { kind: 'fill'; d: string }
  /** Drawn in the ground's colour, upon a fill. */
  | { kind: 'mark'; d: string }

const circle = (r: number) => `M${8 + r} 8A${r} ${r} 0 1 1 ${8 - r} 8A${r} ${r} 0 1 1 ${8 + r} 8Z`
const RING: GlyphPart = { kind: 'line', d: circle(6.1) }
const DISC: GlyphPart = { kind: 'fill', d: circle(7) }

export const GLYPHS: Record<Stage, GlyphPart[]> = {
  reported: [{ kind: 'line', d: circle(6.1), dash: [2.6, 2.19] }],
  accepted: [RING],
  dispatched: [RING, { kind: 'fill', d: 'M8 8V4.4A3.6 3.6 0 0 1 11.6 8Z' }],
  handling: [RING, { kind: 'fill', d: 'M8 8V4.4A3.6 3.6 0 0 1 8 11.6Z' }],
  handled: [RING, { kind: 'fill', d: 'M8 8V4.4A3.6 3.6 0 1 1 4.4 8Z' }],
  verifying: [RING, { kind: 'line', d: 'M5.2 8.2l2 2 3.6-4' }],
  confirming: [RING, { kind: 'fill', d: circle(3.6) }],
  closed: [DISC, { kind: 'mark', d: 'M4.9 8.2l2.2 2.2 4-4.4' }],
  archived: [
    { kind: 'fill', d: 'M3.4 1.6h9.2a1.8 1.8 0 0 1 1.8 1.8v9.2a1.8 1.8 0 0 1-1.8 1.8H3.4a1.8 1.8 0 0 1-1.8-1.8V3.4a1.8 1.8 0 0 1 1.8-1.8Z' },
    { kind: 'mark', d: 'M4.9 8.2l2.2 2.2 4-4.4' },
  ],
  suspended: [DISC, { kind: 'mark', d: 'M6.2 5.4v5.2M9.8 5.4v5.2' }],
  returned: [DISC, { kind: 'mark', d: 'M11.2 10.6V8.8a2 2 0 0 0-2-2H4.9M6.9 4.6L4.7 6.8l2.2 2.2' }],
  in_ruling: [
    { kind: 'fill', d: 'M8 .9a1.6 1.6 0 0 1 1.13.47l5.5 5.5a1.6 1.6 0 0 1 0 2.26l-5.5 5.5a1.6 1.6 0 0 1-2.26 0l-5.5-5.5a1.6 1.6 0 0 1 0-2.26l5.5-5.5A1.6 1.6 0 0 1 8 .9Z' },
    { kind: 'mark', d: 'M5.6 6.6h4.8M5.6 9.4h4.8' },
  ],
  declined: [RING, { kind: 'line', d: 'M5 8h6' }],
  merged: [RING, { kind: 'line', d: 'M5.6 5.2L8 8v3M10.4 5.2L8 8' }],
  voided: [RING, { kind: 'line', d: 'M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4' }],
}

/** The custom property that holds the stage's colour; `-soft` behind it is its ground. */
export function stageToken(stage: Stage): string {
  if (stage === 'in_ruling') return '--st-ruling'
  if (stage === 'archived' || stage === 'declined' || stage === 'merged' || stage === 'voided') return '--st-closed'
  return `--st-${stage}`
}

const WIDTH = { line: 1.7, mark: 1.6 }

/** Draws the glyph on a canvas, its 16 × 16 field at the present origin. */
export function drawGlyph(paint: CanvasRenderingContext2D, stage: Stage, colour: string, ground: string): void {
  paint.lineCap = 'round'
  paint.lineJoin = 'round'
  for (const part of GLYPHS[stage]) {
    const path = new Path2D(part.d)
    if (part.kind === 'fill') {
      paint.fillStyle = colour
      paint.fill(path)
      continue
    }
    paint.lineWidth = WIDTH[part.kind]
    paint.strokeStyle = part.kind === 'mark' ? ground : colour
    if (part.kind === 'line' && part.dash) {
      paint.lineCap = 'butt'
      paint.setLineDash(part.dash)
    }
    paint.stroke(path)
    paint.setLineDash([])
    paint.lineCap = 'round'
  }
}
