import { ref, watch } from 'vue'

export const COLUMNS = ['stage', 'number', 'matter', 'place', 'grid', 'holder', 'source', 'reported', 'clock'] as const
export type Column = (typeof COLUMNS)[number]
const FIXED: readonly Column[] = ['number', 'matter', 'clock']
const KEPT = 'gridwork.desk.columns'

function read(): Column[] {
  try {
    const kept = localStorage.getItem(KEPT)?.split(',') ?? []
    const known = COLUMNS.filter((column) => kept.includes(column) || FIXED.includes(column))
    return kept.length === 0 ? [...COLUMNS] : known
  } catch {
    return [...COLUMNS]
  }
}

/** Which columns the list shows on this device; number, matter and clock always stay. */
export function useColumns() {
  const shown = ref<Column[]>(read())
  watch(shown, (columns) => {
    try {
      localStorage.setItem(KEPT, columns.join(','))
    } catch {
      // Chosen for this visit only.
    }
  })
  return {
    shown,
    fixed: FIXED,
    toggle(column: Column): void {
      shown.value = COLUMNS.filter((c) => (c === column ? !shown.value.includes(c) : shown.value.includes(c)))
    },
  }
}
