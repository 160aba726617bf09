/** One field of a form in a dialog. */
export interface Field {
  name: string
  label: string
  kind: 'text' | 'long' | 'number' | 'date' | 'moment' | 'choice' | 'choices' | 'unit' | 'place' | 'grid' | 'grids' | 'person'
  options?: readonly { value: string; text: string }[]
  note?: string
  optional?: boolean
  /** Where a person is looked for. */
  area?: string
}

export type Values = Record<string, unknown>

/** What stands in a form when it opens. */
export function blank(fields: readonly Field[], first: Values = {}): Values {
  return Object.fromEntries(fields.map((field) => [field.name, first[field.name] ?? (field.kind === 'choices' || field.kind === 'grids' ? [] : '')]))
}

/** The names of needed fields that are empty. */
export function lacking(fields: readonly Field[], values: Values): string[] {
  return fields
    .filter((field) => !field.optional)
    .filter((field) => {
      const value = values[field.name]
      return Array.isArray(value) ? value.length === 0 : value === '' || value === null || value === undefined
    })
    .map((field) => field.name)
}

/** The body sent: empty fields are left out, numbers are numbers, moments carry the city's zone. */
export function body(fields: readonly Field[], values: Values): Values {
  const sent: Values = {}
  for (const field of fields) {
    const value = values[field.name]
    if (value === '' || value === null || value === undefined) continue
    if (field.kind === 'number') sent[field.name] = Number(value)
    else if (field.kind === 'moment') sent[field.name] = zoned(String(value))
    else sent[field.name] = typeof value === 'string' ? value.trim() : value
  }
  return sent
}

/** `2026-03-01T08:30` as people in the city mean it. */
export function zoned(local: string): string {
  return `${local.length === 10 ? `${local}T00:00` : local}:00+08:00`
}
