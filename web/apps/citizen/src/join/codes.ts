import { shallowRef } from 'vue'

/** A code kept on this device, so that whoever applied or signed up finds the page again. */
export interface KeptCode { kind: 'application' | 'volunteer'; code: string; title: string; at: string }

const KEPT = 'gridwork.joined'

function isCode(thing: unknown): thing is KeptCode {
  return typeof thing === 'object' && thing !== null && 'code' in thing && 'kind' in thing
}

function read(): KeptCode[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isCode) : []
  } catch {
    return []
  }
}

/** What was applied for from this device, newest first. */
export const joined = shallowRef<readonly KeptCode[]>(read())

export function keep(code: KeptCode): void {
  joined.value = [code, ...joined.value.filter((one) => one.code !== code.code)].slice(0, 20)
  try {
    localStorage.setItem(KEPT, JSON.stringify(joined.value))
  } catch {
    // The code on the page is enough.
  }
}

/** `abcd 2345 efgh` as `ABCD-2345-EFGH`. */
export function tidy(typed: string): string {
  const letters = typed.toUpperCase().replace(/[^0-9A-Z]/g, '')
  return letters.length === 12 ? (letters.match(/.{4}/g) ?? []).join('-') : typed.trim().toUpperCase()
}
