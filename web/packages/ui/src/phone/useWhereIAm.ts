import { readonly, ref } from 'vue'

export type Whereabouts =
  | { state: 'unasked' }
  | { state: 'asking' }
  | { state: 'known'; lon: number; lat: number; accuracy_m: number; at: number }
  /** `denied` is the person's own choice; `failed` is the device's; `absent` means it cannot tell at all. */
  | { state: 'denied' | 'failed' | 'absent' }

const WAIT_MS = 12_000

/** Where this device is, asked only when the person wants it; nothing is kept. */
export function useWhereIAm() {
  const here = ref<Whereabouts>({ state: 'unasked' })

  function ask(): Promise<Whereabouts> {
    if (!('geolocation' in navigator)) {
      here.value = { state: 'absent' }
      return Promise.resolve(here.value)
    }
    here.value = { state: 'asking' }
    return new Promise((resolve) => {
      navigator.geolocation.getCurrentPosition(
        ({ coords, timestamp }) => {
          here.value = {
            state: 'known', lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy, at: timestamp,
          }
          resolve(here.value)
        },
        (fault) => {
          here.value = { state: fault.code === fault.PERMISSION_DENIED ? 'denied' : 'failed' }
          resolve(here.value)
        },
        { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 30_000 },
      )
    })
  }

  /** Asks only where the person agreed before, so that no question pops up by itself. */
  async function askIfAllowed(): Promise<void> {
    try {
      const permission = await navigator.permissions.query({ name: 'geolocation' })
      if (permission.state === 'granted') await ask()
    } catch {
      // A browser without this question is not asked the other one.
    }
  }

  return { here: readonly(here), ask, askIfAllowed }
}
