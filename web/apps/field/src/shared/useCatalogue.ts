import type { Category } from '@gridwork/api'
import { client } from '../face'
import { useKept } from './useKept'

interface Answer { categories: Category[] }

function isAnswer(thing: unknown): thing is Answer {
  return typeof thing === 'object' && thing !== null && 'categories' in thing
}

/** The matters of the city, kept on the device. */
export function useCatalogue() {
  return useKept('matters', () => client.matters(), isAnswer)
}
