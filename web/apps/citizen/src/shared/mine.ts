import { shallowRef } from 'vue'

/** A report made on this device, so that its maker finds it again without writing the code down. */
export interface MyReport {
  code: string
  number: string
  /** What it is about, as shown when it was sent. */
  title: string
  at: string
  grid_text: string
  next: { what_zh: string; what_en: string; by: string | null } | null
  unplaced: boolean
  followed: boolean
}

const KEPT = 'gridwork.mine'
const MOST = 20

function isReport(thing: unknown): thing is MyReport {
  return typeof thing === 'object' && thing !== null && 'code' in thing && 'number' in thing
}

function read(): MyReport[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isReport) : []
  } catch {
    return []
  }
}

function write(reports: MyReport[]): void {
  mine.value = reports
  try {
    localStorage.setItem(KEPT, JSON.stringify(reports))
  } catch {
    // The code on the page is enough.
  }
}

/** What was reported from this device, newest first; nobody else can read it. */
export const mine = shallowRef<readonly MyReport[]>(read())

export function remember(report: MyReport): void {
  write([report, ...mine.value.filter((one) => one.code !== report.code)].slice(0, MOST))
}

export function forget(code: string): void {
  write(mine.value.filter((one) => one.code !== code))
}
