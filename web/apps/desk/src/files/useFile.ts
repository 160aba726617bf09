import { uuidv7, type FileColumns, type FileLook, type FileManner, type FileTaken, type FileTarget } from '@gridwork/api'
import { reactive, ref, shallowRef, watch } from 'vue'
import { api } from '../state/api'

/** Where a file stands on its way in. */
export type FileStep = 'choose' | 'reading' | 'columns' | 'looking' | 'looked' | 'taking' | 'taken'

const manner = (target: FileTarget): FileManner => ({
  target, crs: null, encoding: null, layer: null, mapping: null, tolerance_m: null,
  system: target === 'units' ? 'city_management' : null, element_layer: target === 'elements' ? 'facility' : null, replace: false,
})

/** One file on its way in: read, mapped, looked through, taken. Nothing is stored before it is taken. */
export function useFile() {
  const step = ref<FileStep>('choose')
  const how = reactive<FileManner>(manner('grids'))
  const file = shallowRef<File | null>(null)
  const columns = shallowRef<FileColumns | null>(null)
  const look = shallowRef<FileLook | null>(null)
  const taken = shallowRef<FileTaken | null>(null)
  const problem = shallowRef<unknown>(null)
  let key = uuidv7()

  /** Runs a step; what went wrong leaves everything as it was before. */
  async function go(during: FileStep, after: FileStep, back: FileStep, work: (chosen: File) => Promise<void>): Promise<void> {
    const chosen = file.value
    if (!chosen) return
    problem.value = null
    step.value = during
    try {
      await work(chosen)
      step.value = after
    } catch (cause) {
      problem.value = cause
      step.value = back
    }
  }

  const read = () => go('reading', 'columns', 'choose', async (chosen) => {
    look.value = null
    columns.value = null
    const found = await api.fileColumns(chosen, how)
    columns.value = found
    how.mapping = { ...found.mapping }
    how.crs ??= found.crs_told
  })

  async function choose(next: File | null): Promise<void> {
    file.value = next
    how.mapping = null
    how.layer = null
    how.encoding = null
    taken.value = null
    key = uuidv7()
    if (next) await read()
    else step.value = 'choose'
  }

  const lookThrough = () => go('looking', 'looked', 'columns', async (chosen) => { look.value = await api.fileLook(chosen, how) })

  const take = () => go('taking', 'taken', 'looked', async (chosen) => {
    const net = look.value?.net ?? 0
    taken.value = await api.fileImport(chosen, how, net, key)
  })

  watch(() => how.target, (target) => {
    Object.assign(how, { ...manner(target), crs: how.crs })
    void choose(file.value)
  })
  return { state: reactive({ step, how, file, columns, look, taken, problem }), choose, read, lookThrough, take }
}
