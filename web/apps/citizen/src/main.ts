import '@gridwork/ui/tokens.css'
import '@gridwork/ui/phone.css'
import { startLargeType } from '@gridwork/ui/phone'
import { createApp } from 'vue'
import App from './App.vue'
import './citizen.css'
import { words } from './face'
import { router } from './router'

startLargeType()
createApp(App).use(words).use(router).mount('#app')
