import type { Category } from '@gridwork/api'
import { flushPromises } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { effectScope, ref } from 'vue'
import { findMatter, guessHere, searched } from './guess'
import { useGuesses } from './useMatters'

// Only what a guess looks at.
const matters = (...names: [string, string, string][]) => names.map(([code, name_zh, name_en]) => ({ code, name_zh, name_en }))
const categories = [{ code: 'C', name_zh: '', name_en: '', matters: matters(['M1', '井盖缺失或破损', 'Missing manhole cover'], ['M2', '路灯不亮', 'Street light out'], ['M3', '暴露垃圾', 'Exposed garbage']) }] as Category[]

describe('guessing with no network', () => {
  it('goes by the pairs of characters the name shares with the words', () => {
    expect(guessHere('小区门口的路灯坏了不亮', categories).map((one) => one.code)).toEqual(['M2'])
    expect(guessHere('manhole cover gone', categories)[0]?.code).toBe('M1')
    expect(guessHere('天气很好', categories)).toEqual([])
  })
  it('finds by code and by words', () => {
    expect(findMatter(categories, 'M3')?.name_en).toBe('Exposed garbage')
    expect(findMatter(categories, null)).toBeNull()
    expect(searched(categories, '垃圾')[0]?.matters.map((one) => one.code)).toEqual(['M3'])
    expect(searched(categories, 'zzz')).toEqual([])
  })
  it('takes over when the server cannot be asked', async () => {
    vi.useFakeTimers()
    const text = ref('')
    const scope = effectScope()
    const { guesses } = scope.run(() => useGuesses({ suggestMatter: () => Promise.reject(new Error('lost')) }, () => text.value, () => categories)) ?? { guesses: ref([]) }
    text.value = '路灯不亮'
    await vi.advanceTimersByTimeAsync(400)
    await flushPromises()
    expect(guesses.value.map((one) => one.code)).toEqual(['M2'])
    text.value = ''
    await vi.advanceTimersByTimeAsync(1)
    expect(guesses.value).toEqual([])
    scope.stop()
    vi.useRealTimers()
  })
})
