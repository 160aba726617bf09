import { describe, expect, it } from 'vitest'
import { tidy } from './codes'

describe('a code as typed', () => {
  it('is read with or without its dashes', () => {
    expect(tidy('abcd2345efgh')).toBe('ABCD-2345-EFGH')
    expect(tidy(' ABCD-2345-EFGH ')).toBe('ABCD-2345-EFGH')
    expect(tidy('abc')).toBe('ABC')
  })
})
