import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** An address under which the page can show a blob; given back when the blob changes or the page goes. */
export function usePicture(blob: () => Blob | null): Readonly<Ref<string>> {
  const url = ref('')
  const release = () => { if (url.value !== '') URL.revokeObjectURL(url.value) }
  watch(blob, (now) => {
    release()
    url.value = now ? URL.createObjectURL(now) : ''
  }, { immediate: true })
  onScopeDispose(release)
  return url
}
