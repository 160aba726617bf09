import '@gridwork/ui/tokens.css'
import '@gridwork/ui/phone.css'
import { startLargeType } from '@gridwork/ui/phone'
import { createApp } from 'vue'
import App from './App.vue'
import { client, words } from './face'
import './field.css'
import { openOutbox } from './outbox/useOutbox'
import { fetchPages, router } from './router'
import { startNight } from './shared/night'
import { resume } from './shared/session'

startLargeType()
startNight()

/** The shell opens without a network; what was read and what waits lies in IndexedDB. */
async function keepShell(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  try {
    await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`)
    await navigator.serviceWorker.ready
  } catch {
    // Without it the pages fetched ahead still open while this page stays open.
  }
}

void resume(client).then(openOutbox).then(keepShell).then(fetchPages)
createApp(App).use(words).use(router).mount('#app')
