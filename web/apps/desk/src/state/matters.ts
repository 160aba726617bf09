import type { Category, Matter } from '@gridwork/api'
import { computed, ref } from 'vue'
import { api } from './api'

/** The catalogue, read once: it changes with releases of the city, not by the minute. */
export const categories = ref<Category[]>([])
export const catalogueProblem = ref<unknown>(null)
let reading: Promise<void> | null = null

export function readCatalogue(): Promise<void> {
  reading ??= api.matters().then(
    (answer) => {
      categories.value = answer.categories
      catalogueProblem.value = null
    },
    (cause: unknown) => {
      catalogueProblem.value = cause
      reading = null
    },
  )
  return reading
}

/** All matters, in the order of the catalogue. */
export function useMatters() {
  void readCatalogue()
  return computed<Matter[]>(() => categories.value.flatMap((category) => category.matters))
}
