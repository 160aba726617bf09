import { nextTick, watch } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import { me } from './shared/session'

declare module 'vue-router' {
  interface RouteMeta { title: string; tab?: boolean }
}

export const router = createRouter({
  history: createWebHistory(import.meta.env.BASE_URL),
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
  routes: [
    { path: '/', component: () => import('./today/TodayPage.vue'), meta: { title: 'field.tab.today', tab: true } },
    { path: '/tasks', component: () => import('./today/TasksPage.vue'), meta: { title: 'field.tab.tasks', tab: true } },
    { path: '/map', component: () => import('./map/MapPage.vue'), meta: { title: 'field.tab.map', tab: true } },
    { path: '/me', component: () => import('./me/MePage.vue'), meta: { title: 'field.tab.me', tab: true } },
    { path: '/task/:id', component: () => import('./task/TaskPage.vue'), props: true, meta: { title: 'field.title.task' } },
    { path: '/report', component: () => import('./report/ReportPage.vue'), meta: { title: 'field.report.title' } },
    { path: '/outbox', component: () => import('./outbox/OutboxPage.vue'), meta: { title: 'field.outbox.title' } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

// A first password is changed before anything else.
router.beforeEach((to) => (me.value?.must_change && to.path !== '/me' ? '/me' : true))
watch(me, (person) => { if (person?.must_change) void router.replace('/me') })

/** Fetches every page ahead, so that all of them open with no network. */
export async function fetchPages(): Promise<void> {
  for (const { components } of router.getRoutes()) {
    const page: unknown = components?.['default']
    // A page that is there already is an object; one still to be fetched is a function.
    if (typeof page !== 'function') continue
    try {
      await page()
    } catch {
      return
    }
  }
}

// A new page begins at its heading, for a screen reader too.
router.afterEach(async (_to, from) => {
  if (from.matched.length === 0) return
  await nextTick()
  document.querySelector<HTMLElement>('header h1, main h1')?.focus({ preventScroll: true })
})
