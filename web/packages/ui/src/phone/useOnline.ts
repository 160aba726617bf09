import { onScopeDispose, readonly, ref, type Ref } from 'vue'

/** Whether the device believes it has a network. A `true` promises nothing; a `false` is certain. */
export function useOnline(): Readonly<Ref<boolean>> {
  const online = ref(navigator.onLine)
  const read = () => { online.value = navigator.onLine }
  globalThis.addEventListener('online', read)
  globalThis.addEventListener('offline', read)
  onScopeDispose(() => {
    globalThis.removeEventListener('online', read)
    globalThis.removeEventListener('offline', read)
  })
  return readonly(online)
}
