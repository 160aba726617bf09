import '@gridwork/ui/tokens.css'
import '@gridwork/ui/phone.css'
import { startLargeType } from '@gridwork/ui/phone'
import { createApp } from 'vue'
import App from './App.vue'
import { client, words } from './face'
import './field.css'
import { openOutbox } from './outbox/useOutbox'
import { router } from './router'
import { startNight } from './shared/night'
import { resume } from './shared/session'

startLargeType()
startNight()
void resume(client).then(openOutbox)
createApp(App).use(words).use(router).mount('#app')

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  // The shell opens without a network; what was read and what waits lies in IndexedDB.
  void navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`).catch(() => {})
}
