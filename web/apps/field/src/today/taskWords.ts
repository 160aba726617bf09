import type { FieldTask } from '@gridwork/api'

/** The verb on a task's one button: what is asked, or what its kind is for. */
export function askOf(task: FieldTask): string {
  if (task.ask !== null) return task.ask
  return task.kind
}

/** A place on the device's own map. */
export function wayTo(lon: number, lat: number): string {
  return `geo:${lat.toFixed(6)},${lon.toFixed(6)}?q=${lat.toFixed(6)},${lon.toFixed(6)}`
}
