import { ref } from 'vue'

export type Theme = 'system' | 'light' | 'dark'
const KEPT = 'gridwork.theme'

function read(): Theme {
  try {
    const kept = localStorage.getItem(KEPT)
    return kept === 'light' || kept === 'dark' ? kept : 'system'
  } catch {
    return 'system'
  }
}

/** The chosen theme; `system` follows the device. */
export const theme = ref<Theme>(read())

function show(): void {
  if (theme.value === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme.value
}

/** Puts the kept choice into effect; call once when a face starts. */
export function startTheme(): void {
  theme.value = read()
  show()
}

export function setTheme(next: Theme): void {
  theme.value = next
  show()
  try {
    localStorage.setItem(KEPT, next)
  } catch {
    // Kept for this visit only.
  }
}

/** Calls back whenever the colours in force may have changed. Returns how to stop. */
export function onThemeChange(then: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)')
  const observer = new MutationObserver(then)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  media.addEventListener('change', then)
  return () => {
    observer.disconnect()
    media.removeEventListener('change', then)
  }
}

/** The value of a custom property as now in force. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

/** Shows one theme whatever was chosen, for a page made for it. Returns how to end that. */
export function holdTheme(kind: 'light' | 'dark'): () => void {
  document.documentElement.dataset['theme'] = kind
  return show
}
