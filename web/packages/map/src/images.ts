import { STAGES, type Level, type Stage } from '@gridwork/api'
import { drawGlyph, stageToken, token } from '@gridwork/ui'

/** Pixels of an image per CSS pixel; a map image is drawn twice as fine as it is shown. */
export const RATIO = 2

export interface Drawn { width: number; height: number; data: Uint8ClampedArray }

function canvas(size: number): CanvasRenderingContext2D | null {
  const made = document.createElement('canvas')
  made.width = size * RATIO
  made.height = size * RATIO
  const paint = made.getContext('2d', { willReadFrequently: true })
  paint?.scale(RATIO, RATIO)
  return paint
}

function finish(paint: CanvasRenderingContext2D): Drawn {
  const { width, height } = paint.canvas
  return paint.getImageData(0, 0, width, height)
}

function disc(paint: CanvasRenderingContext2D, at: number, r: number, colour: string): void {
  paint.beginPath()
  paint.arc(at, at, r, 0, Math.PI * 2)
  paint.fillStyle = colour
  paint.fill()
}

function ring(paint: CanvasRenderingContext2D, at: number, r: number, width: number, colour: string, from = 0, to = 1): void {
  paint.beginPath()
  paint.arc(at, at, r, (from - 0.25) * Math.PI * 2, (to - 0.25) * Math.PI * 2)
  paint.lineWidth = width
  paint.strokeStyle = colour
  paint.stroke()
}

/** The name of a case's image. */
export function caseImage(stage: Stage, level: Level): string {
  return `case|${stage}|${level === 'red' || level === 'amber' ? level : 'none'}`
}

function drawCase(stage: Stage, level: string): Drawn | null {
  const size = 28
  const paint = canvas(size)
  if (!paint) return null
  const ground = token('--mark-ground')
  const marked = level === 'red' || level === 'amber'
  disc(paint, 14, marked ? 12 : 9.6, ground)
  if (marked) ring(paint, 14, 10.9, 2, token(level === 'red' ? '--overdue-bar' : '--due-soon-bar'))
  paint.translate(6.5, 6.5)
  paint.scale(15 / 16, 15 / 16)
  drawGlyph(paint, stage, token(stageToken(stage)), ground)
  return finish(paint)
}

/** `count|<total>|<red>|<shares in the order of STAGES, in twelfths>` */
function drawCount(total: number, red: number, shares: number[]): Drawn | null {
  const size = 48
  const paint = canvas(size)
  if (!paint) return null
  const r = total >= 100 ? 16 : total >= 10 ? 14 : 12
  const ground = token('--mark-ground')
  disc(paint, 24, r + (red > 0 ? 5 : 2), ground)
  if (red > 0) ring(paint, 24, r + 3.6, 2, token('--overdue-bar'))
  const sum = shares.reduce((a, b) => a + b, 0) || 1
  let from = 0
  shares.forEach((share, i) => {
    const stage = STAGES[i]
    if (share === 0 || !stage) return
    ring(paint, 24, r - 1.5, 3.5, token(stageToken(stage)), from, from + share / sum)
    from += share / sum
  })
  const family = getComputedStyle(document.body).fontFamily
  const words = total > 999 ? '999+' : String(total)
  paint.font = `600 ${words.length > 3 ? 9.5 : words.length > 2 ? 11 : 12}px ${family}`
  paint.fillStyle = token('--text')
  paint.textAlign = 'center'
  paint.textBaseline = 'middle'
  paint.fillText(words, 24, 24.5)
  if (red > 0) {
    const x = 24 + r * 0.8
    const y = 24 - r * 0.8
    const late = red > 99 ? '99+' : String(red)
    paint.font = `600 9px ${family}`
    const half = Math.max(7, paint.measureText(late).width / 2 + 4)
    paint.beginPath()
    paint.roundRect(x - half, y - 7, half * 2, 14, 7)
    paint.fillStyle = token('--overdue')
    paint.fill()
    paint.lineWidth = 1.5
    paint.strokeStyle = ground
    paint.stroke()
    paint.fillStyle = ground
    paint.fillText(late, x, y + 0.5)
  }
  return finish(paint)
}

/** Draws the image a layer asked for by name; `null` for a name that is not ours. */
export function drawImage(name: string): Drawn | null {
  const [kind, a = '', b = '', c = ''] = name.split('|')
  if (kind === 'case') {
    const stage = STAGES.find((known) => known === a)
    return stage ? drawCase(stage, b) : null
  }
  if (kind === 'count') return drawCount(Number(a), Number(b), c.split(',').map(Number))
  return null
}
