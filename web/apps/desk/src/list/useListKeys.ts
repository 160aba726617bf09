import { onMounted, onUnmounted } from 'vue'

interface ListKeys {
  move: (by: number) => void
  open: () => void
  choose: () => void
  find: () => void
  leave: () => void
  again: () => void
}

/** `j k` move, `enter` opens, `space` chooses, `/` finds, `r` reads again, `esc` drops the choice; never while typing. */
export function useListKeys(keys: ListKeys): void {
  const acts: Record<string, () => void> = {
    j: () => keys.move(1), ArrowDown: () => keys.move(1), k: () => keys.move(-1), ArrowUp: () => keys.move(-1),
    Enter: keys.open, ' ': keys.choose, x: keys.choose, '/': keys.find, r: keys.again, Escape: keys.leave,
  }
  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    const target = event.target
    if (target instanceof HTMLElement && target.closest('input, textarea, select, [role="dialog"], a, .el-select')) return
    if (target instanceof HTMLButtonElement && (event.key === 'Enter' || event.key === ' ')) return
    const act = acts[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }
  onMounted(() => document.addEventListener('keydown', onKey))
  onUnmounted(() => document.removeEventListener('keydown', onKey))
}
