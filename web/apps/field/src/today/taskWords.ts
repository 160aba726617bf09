import type { FieldTask } from '@gridwork/api'

const SPOKEN = ['sign', 'handle', 'take', 'verify', 'sub_task', 'whistle'] as const
export type Spoken = (typeof SPOKEN)[number]

/** The verb on a task's one button: what is asked, or what its kind is for. */
export function askOf(task: Pick<FieldTask, 'ask' | 'kind'>): Spoken {
  return SPOKEN.find((ask) => ask === task.ask) ?? task.kind
}

/** A place on the device's own map. */
export function wayTo(lon: number, lat: number): string {
  return `geo:${lat.toFixed(6)},${lon.toFixed(6)}?q=${lat.toFixed(6)},${lon.toFixed(6)}`
}
