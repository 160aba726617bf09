import { isProblem, type CommunityDrawn, type DraftPage, type NetComparison, type NetEdit } from '@gridwork/api'
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { api } from '../state/api'
import { sayProblem, sayRefused } from '../state/say'

export interface DraftDesk {
  page: ShallowRef<DraftPage | null>
  problem: ShallowRef<unknown>
  /** The community drawn on, and those around it. */
  drawn: ShallowRef<{ community: CommunityDrawn; around: CommunityDrawn[] } | null>
  comparison: ShallowRef<NetComparison | null>
  busy: Ref<boolean>
  read: () => Promise<void>
  open: (community: string) => Promise<void>
  edit: (edits: NetEdit[]) => Promise<boolean>
  /** Anything else that answers the draft's page, of which `version` was seen. */
  act: (doing: (version: number) => Promise<DraftPage>) => Promise<boolean>
  compare: () => Promise<void>
}

/** One draft of the net: its page, the community drawn on, and how it compares with today's net. */
export function useDraft(id: () => string): DraftDesk {
  const page = shallowRef<DraftPage | null>(null)
  const problem = shallowRef<unknown>(null)
  const drawn = shallowRef<{ community: CommunityDrawn; around: CommunityDrawn[] } | null>(null)
  const comparison = shallowRef<NetComparison | null>(null)
  const busy = ref(false)

  async function read(): Promise<void> {
    problem.value = null
    try {
      page.value = await api.netDraft(id())
    } catch (cause) {
      problem.value = cause
    }
  }
  async function open(community: string): Promise<void> {
    try {
      drawn.value = await api.netDraftCommunity(id(), community)
    } catch (cause) {
      sayProblem(cause)
    }
  }
  async function compare(): Promise<void> {
    try {
      comparison.value = await api.netComparison(id())
    } catch (cause) {
      sayProblem(cause)
    }
  }
  async function doing(work: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    try {
      await work()
      return true
    } catch (cause) {
      const [fault] = isProblem(cause) ? cause.fields : []
      if (fault) sayRefused(fault.detail)
      else sayProblem(cause)
      if (isProblem(cause) && cause.code === 'net_draft.changed') {
        await read()
        if (drawn.value) await open(drawn.value.community.code)
        comparison.value = null
      }
      return false
    } finally {
      busy.value = false
    }
  }
  const version = () => page.value?.draft.version ?? 0
  const edit = (edits: NetEdit[]) => doing(async () => {
    const answer = await api.editNetDraft(id(), version(), edits)
    page.value = { draft: answer.draft, steps: answer.steps }
    const here = answer.communities.find((c) => c.code === drawn.value?.community.code)
    if (here && drawn.value) drawn.value = { community: here, around: drawn.value.around }
    comparison.value = null
  })
  const act = (deed: (version: number) => Promise<DraftPage>) => doing(async () => {
    page.value = await deed(version())
    comparison.value = null
    if (drawn.value) await open(drawn.value.community.code)
  })
  return { page, problem, drawn, comparison, busy, read, open, edit, act, compare }
}
