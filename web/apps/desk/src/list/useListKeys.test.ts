import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { useListKeys } from './useListKeys'

function page(body = '') {
  const keys = { move: vi.fn(), open: vi.fn(), choose: vi.fn(), find: vi.fn(), leave: vi.fn(), again: vi.fn() }
  const shown = mount({ setup: () => useListKeys(keys), template: `<div>${body}</div>` }, { attachTo: document.body })
  return { keys, shown }
}
const press = (key: string, on: Element = document.body, more: KeyboardEventInit = {}) =>
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))

afterEach(() => { document.body.innerHTML = '' })

describe('the keys of the list', () => {
  it('move, open, choose, find, read again and leave', () => {
    const { keys, shown } = page()
    for (const key of ['j', 'ArrowDown', 'k', 'Enter', ' ', '/', 'r', 'Escape']) press(key)
    expect(keys.move.mock.calls).toEqual([[1], [1], [-1]])
    for (const act of [keys.open, keys.choose, keys.find, keys.again, keys.leave]) expect(act).toHaveBeenCalledOnce()
    shown.unmount()
  })

  it('are letters again while somebody types', () => {
    const { keys, shown } = page('<input id="q"><div role="dialog"><p id="p"></p></div>')
    press('j', shown.get('#q').element)
    press('j', shown.get('#p').element)
    expect(keys.move).not.toHaveBeenCalled()
    shown.unmount()
  })

  it('leave space and enter to the button that has the focus', () => {
    const { keys, shown } = page('<button id="b"></button>')
    press(' ', shown.get('#b').element)
    press('j', shown.get('#b').element)
    expect(keys.choose).not.toHaveBeenCalled()
    expect(keys.move).toHaveBeenCalledOnce()
    shown.unmount()
  })

  it('do not take the browser’s own shortcuts', () => {
    const { keys, shown } = page()
    press('r', document.body, { ctrlKey: true })
    expect(keys.again).not.toHaveBeenCalled()
    shown.unmount()
  })

  it('are silent once the list is gone', () => {
    const { keys, shown } = page()
    shown.unmount()
    press('j')
    expect(keys.move).not.toHaveBeenCalled()
  })
})
