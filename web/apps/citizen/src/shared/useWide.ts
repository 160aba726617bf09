import { onScopeDispose, readonly, ref } from 'vue'

/** Whether there is room for a map beside the column. */
export function useWide() {
  const media = matchMedia('(min-width: 1000px)')
  const wide = ref(media.matches)
  const read = () => { wide.value = media.matches }
  media.addEventListener('change', read)
  onScopeDispose(() => media.removeEventListener('change', read))
  return readonly(wide)
}
