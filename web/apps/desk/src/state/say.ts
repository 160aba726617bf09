import { Problem } from '@gridwork/api'
import { ElMessage } from 'element-plus'
import 'element-plus/es/components/message/style/css'
import { words } from '../words'

const t = (key: string): string => words.global.t(key)

/** The sentence of a problem. */
export function problemWords(problem: unknown): string {
  if (!(problem instanceof Problem)) return t('ui.problem.unknown')
  if (problem.unreachable) return t('ui.problem.offline')
  return problem.detail || t('ui.problem.unknown')
}

export function sayDone(message: string): void {
  ElMessage({ message, type: 'success', duration: 3000, grouping: true })
}

export function sayProblem(problem: unknown): void {
  ElMessage({ message: problemWords(problem), type: 'error', duration: 6000, showClose: true, grouping: true })
}

/** A sentence the server has about one field. */
export function sayRefused(sentence: string): void {
  ElMessage({ message: sentence, type: 'error', duration: 6000, showClose: true, grouping: true })
}
