import type { FieldTask } from '@gridwork/api'
import { metresBetween } from '@gridwork/ui/phone'

/** A task with its place in the day: its number is the same in the list and on the map. */
export interface Placed { task: FieldTask; number: number; distance_m: number | null }

/** Danger first, then by the hour it is due, then by how far it is. */
export function inOrder(tasks: readonly FieldTask[], here: { lon: number; lat: number } | null): Placed[] {
  const far = (task: FieldTask) => {
    if (here && task.lon !== null && task.lat !== null) return metresBetween(here, { lon: task.lon, lat: task.lat })
    return task.distance_m
  }
  const danger = (task: FieldTask) => (task.matter?.urgency === 'emergency' ? 0 : 1)
  const due = (task: FieldTask) => {
    if (task.clock === null || task.clock.due_at === null || task.clock.state !== 'running') return Infinity
    return Date.parse(task.clock.due_at)
  }
  return tasks
    .map((task) => ({ task, far: far(task), due: due(task) }))
    .toSorted((a, b) => danger(a.task) - danger(b.task) || compare(a.due, b.due) || compare(a.far ?? Infinity, b.far ?? Infinity) || a.task.number.localeCompare(b.task.number))
    .map(({ task, far }, n) => ({ task, number: n + 1, distance_m: far }))
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}
