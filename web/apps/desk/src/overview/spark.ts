/** Points of a small line chart, `w` × `h`, newest at the right; both lines share the scale. */
export function sparkPoints(series: readonly number[], all: readonly number[], w: number, h: number): string {
  const low = Math.min(...all)
  const high = Math.max(...all)
  const span = high - low || 1
  const step = series.length > 1 ? w / (series.length - 1) : 0
  return series.map((n, i) => `${(i * step).toFixed(1)},${(h - ((n - low) / span) * h).toFixed(1)}`).join(' ')
}
