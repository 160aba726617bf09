import type { Say } from './clock'

const plain = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

/** "1,047" */
export function numberWords(n: number): string {
  return plain.format(n)
}

/** "486", or "1,000+" where counting stopped. */
export function countWords(n: number, more = false): string {
  return more ? `${plain.format(n)}+` : plain.format(n)
}

/** "96.4 %"; takes 0..100. */
export function percentWords(n: number): string {
  return `${n.toFixed(1)} %`
}

/** "38 米", "1.2 公里" */
export function lengthWords(t: Say, metres: number): string {
  if (metres < 1000) return t('time.amount.metres', { n: Math.round(metres) })
  return t('time.amount.kilometres', { n: plain.format(metres / 1000) })
}

/** "0.18 平方公里", "8,400 平方米" */
export function areaWords(t: Say, squareMetres: number): string {
  if (squareMetres < 100_000) return t('time.amount.square_metres', { n: plain.format(Math.round(squareMetres)) })
  return t('time.amount.square_kilometres', { n: (squareMetres / 1_000_000).toFixed(2) })
}
