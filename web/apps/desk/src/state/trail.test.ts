import { expect, it } from 'vitest'
import { leaveTrail, neighbours } from './trail'

it('knows the case before and after in the list one came from', () => {
  leaveTrail([{ id: 'a', number: '1' }, { id: 'b', number: '2' }, { id: 'c', number: '3' }])
  expect(neighbours('b')).toEqual({ n: 2, of: 3, before: '1', after: '3' })
  expect(neighbours('a')?.before).toBeNull()
  expect(neighbours('x')).toBeNull()
})
