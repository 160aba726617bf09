import { nextTick } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import ReportPage from './report/ReportPage.vue'

declare module 'vue-router' {
  interface RouteMeta { title: string }
}

export const router = createRouter({
  history: createWebHistory(import.meta.env.BASE_URL),
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
  routes: [
    { path: '/', component: ReportPage, meta: { title: 'citizen.title.report' } },
    { path: '/sent/:code', component: () => import('./report/SentPage.vue'), props: true, meta: { title: 'citizen.title.sent' } },
    { path: '/p', component: () => import('./progress/LookupPage.vue'), meta: { title: 'citizen.title.lookup' } },
    { path: '/p/:code', component: () => import('./progress/ProgressPage.vue'), props: true, meta: { title: 'citizen.title.progress' } },
    { path: '/nearby', component: () => import('./nearby/NearbyPage.vue'), meta: { title: 'citizen.title.nearby' } },
    { path: '/join', component: () => import('./join/JoinPage.vue'), meta: { title: 'join.title.join' } },
    { path: '/join/:of', component: () => import('./join/ApplyPage.vue'), props: true, meta: { title: 'join.title.apply' } },
    { path: '/published/:id', component: () => import('./join/PublishedPage.vue'), props: true, meta: { title: 'join.title.published' } },
    { path: '/a/:code', component: () => import('./join/ApplicationPage.vue'), props: true, meta: { title: 'join.title.application' } },
    { path: '/volunteer', component: () => import('./join/SignUpPage.vue'), meta: { title: 'join.title.volunteer' } },
    { path: '/v/:code', component: () => import('./join/VolunteerPage.vue'), props: true, meta: { title: 'join.title.volunteer_own' } },
    { path: '/privacy', component: () => import('./PrivacyPage.vue'), meta: { title: 'citizen.title.privacy' } },
    { path: '/:rest(.*)*', component: () => import('./LostPage.vue'), meta: { title: 'citizen.title.lost' } },
  ],
})

// A new page begins at its heading, for a screen reader too.
router.afterEach(async (_to, from) => {
  if (from.matched.length === 0) return
  await nextTick()
  document.querySelector<HTMLElement>('main h1, header h1')?.focus({ preventScroll: true })
})
