import '@gridwork/ui/tokens.css'
import '@gridwork/ui/base.css'
import 'element-plus/theme-chalk/base.css'
import './desk.css'
import './people/people.css'
import { startTheme } from '@gridwork/ui'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router'
import { words } from './words'

startTheme()
createApp(App).use(words).use(router).mount('#app')
