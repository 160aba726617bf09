import { query } from './query'
import { uuidv7 } from './uuid'

/** What a file is taken in as. */
export type FileTarget = 'divisions' | 'grids' | 'units' | 'elements'

/** How a file is read and taken. */
export interface FileManner {
  target: FileTarget
  crs: string | null
  encoding: string | null
  layer: string | null
  mapping: Record<string, string> | null
  tolerance_m: number | null
  system: string | null
  element_layer: string | null
  replace: boolean
}

export interface FileColumns {
  format: string
  encoding: string
  encoding_declared: boolean
  crs_told: string | null
  columns: string[]
  rows: number
  sample: string[][]
  fields: { field: string; needed: boolean }[]
  mapping: Record<string, string>
}

export interface FileFault {
  row: number
  field: string
  code: string
  detail: string
  params: Record<string, unknown>
  stops: boolean
}

export interface FileSummary { rows: number; good: number; added: number; changed: number; same: number }
export type FileWay = 'first' | 'draft' | 'beside'

export interface FileLook {
  summary: FileSummary
  way: FileWay
  sound: boolean
  crs: string
  net: number
  faults: FileFault[]
  faults_in_all: number
  drawn: GeoJSON.FeatureCollection
}

export interface FileTaken { way: FileWay; net: number; summary: FileSummary; draft?: string | null }

/** A grid's cases, people, matters and units at a glance. */
export interface GridFile {
  open: number
  overdue: number
  closed_year: number
  /** Of those closed, 0 to 1; `null` when none was. */
  on_time: number | null
  matters: { code: string; name_zh: string; name_en: string; count: number }[]
  people: { name: string; role_zh: string; role_en: string; since: string }[]
  orgs: { name_zh: string; name_en: string }[]
}

export interface GridBeside {
  elements: { layer: string; count: number; classes: { class: string; count: number }[] }[]
  units: { system_zh: string; system_en: string; code: string; name: string; area_m2: number; share_of_unit: number; share_of_grid: number }[]
  neighbours: { code: string; name: string; border_m: number }[]
  counted: boolean
}

type Get = <Answer>(path: string, signal?: AbortSignal) => Promise<Answer>
type Send = <Answer>(method: string, path: string, ask: { form: FormData }) => Promise<Answer>

/** Files of areas and elements: read, looked through, taken in, written. */
export function filesRoutes(get: Get, json: Send, base: string) {
  function form(file: File, how: FileManner): FormData {
    const parts = new FormData()
    parts.set('how', new Blob([JSON.stringify(how)], { type: 'application/json' }))
    parts.set('file', file, file.name)
    return parts
  }
  return {
    fileColumns: (file: File, how: FileManner) => json<FileColumns>('POST', '/api/net/files/columns', { form: form(file, how) }),
    fileLook: (file: File, how: FileManner) => json<FileLook>('POST', '/api/net/files/look', { form: form(file, how) }),
    fileImport: (file: File, how: FileManner, net: number, key = uuidv7()) =>
      json<FileTaken>('POST', `/api/net/files/import${query({ id: key, net })}`, { form: form(file, how) }),
    gridFile: (code: string) => get<GridFile>(`/api/grids/${encodeURIComponent(code)}/file`),
    gridBeside: (code: string) => get<GridBeside>(`/api/grids/${encodeURIComponent(code)}/beside`),
    elements: (bbox: readonly number[], layers: readonly string[], signal?: AbortSignal) =>
      get<GeoJSON.FeatureCollection & { more: boolean }>(`/api/net/elements${query({ bbox, layers })}`, signal),
    fileExportUrl: (out: { target: FileTarget; format: string; crs: string; encoding: string; system?: string | null; element_layer?: string | null }) =>
      `${base}/api/net/files/export${query({ ...out })}`,
  }
}
