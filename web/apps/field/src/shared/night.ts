import { isNight } from '@gridwork/ui/phone'
import { ref, watch } from 'vue'

export const NIGHTS = ['dusk', 'light', 'dark'] as const
export type Night = (typeof NIGHTS)[number]

const KEPT = 'gridwork.field.night'
const EVERY_MS = 60_000
/** The middle of the city, until the city has said where it is: degrees. */
let middle: [lon: number, lat: number] = [119.97, 31.81]

function kept(): Night {
  try {
    return NIGHTS.find((one) => one === localStorage.getItem(KEPT)) ?? 'dusk'
  } catch {
    return 'dusk'
  }
}

/** Dark by itself at dusk, or as the person switched it. */
export const night = ref<Night>(kept())

function show(): void {
  const dark = night.value === 'dark' || (night.value === 'dusk' && isNight(middle[0], middle[1], Date.now()))
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
}

export function duskAt(center: [lon: number, lat: number]): void {
  middle = center
  show()
}

/** Puts the theme into effect, now and as the day goes; call once when the face starts. */
export function startNight(): void {
  watch(night, (now) => {
    show()
    try {
      localStorage.setItem(KEPT, now)
    } catch {
      // For this visit only.
    }
  }, { immediate: true })
  setInterval(show, EVERY_MS)
}
