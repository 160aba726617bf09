import { createRouter, createWebHistory } from 'vue-router'
import { can, readSession, session } from './state/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the page's name below `desk.title`. */
    title?: string
    /** Needs a session and stands in the shell. */
    inside?: boolean
    /** Fills the screen alone, without the shell. */
    bare?: boolean
    /** The right without which there is nothing to see. */
    right?: string
  }
}

const inside = (title: string, right?: string) => ({ inside: true, title, ...(right ? { right } : {}) })

export const router = createRouter({
  history: createWebHistory('/desk/'),
  routes: [
    { path: '/sign-in', name: 'sign-in', meta: { title: 'sign_in' }, component: () => import('./pages/SignInPage.vue') },
    { path: '/', name: 'overview', meta: inside('overview', 'read_cases'), component: () => import('./pages/OverviewPage.vue') },
    { path: '/cases', name: 'cases', meta: inside('cases', 'read_cases'), component: () => import('./pages/WorkListPage.vue') },
    { path: '/cases/new', name: 'new-case', meta: inside('new_case', 'report_cases'), component: () => import('./pages/NewCasePage.vue') },
    { path: '/cases/:key', name: 'case', meta: inside('case', 'read_cases'), component: () => import('./pages/CasePage.vue'), props: (to) => ({ caseKey: String(to.params['key']) }) },
    { path: '/map', name: 'map', meta: inside('map', 'read_cases'), component: () => import('./pages/MapPage.vue') },
    { path: '/grids/:code?', name: 'grids', meta: inside('grids'), component: () => import('./pages/GridsPage.vue'), props: true },
    { path: '/files', name: 'files', meta: inside('files'), component: () => import('./pages/FilesPage.vue') },
    { path: '/net', name: 'net', meta: inside('net', 'read_net'), component: () => import('./pages/NetDraftsPage.vue') },
    { path: '/net/past', name: 'net-past', meta: inside('net_past', 'read_net'), component: () => import('./pages/NetPastPage.vue') },
    { path: '/net/:id', name: 'net-draft', meta: inside('net_draft', 'read_net'), component: () => import('./pages/NetDraftPage.vue'), props: true },
    { path: '/matters', name: 'matters', meta: inside('matters'), component: () => import('./pages/MattersPage.vue') },
    { path: '/matters/routing/:draft?', name: 'routing', meta: inside('routing'), component: () => import('./pages/RoutingPage.vue'), props: true },
    { path: '/matters/drafts/:draft?', name: 'matters-drafts', meta: inside('catalogue_drafts'), component: () => import('./pages/CatalogueDraftsPage.vue'), props: true },
    { path: '/matters/admission/:admission?', name: 'admission', meta: inside('admission'), component: () => import('./pages/AdmissionPage.vue'), props: true },
    { path: '/matters/grades', name: 'grades', meta: inside('grades'), component: () => import('./pages/GradesPage.vue') },
    { path: '/burden', name: 'burden', meta: inside('burden'), component: () => import('./pages/BurdenPage.vue') },
    { path: '/people/:id?', name: 'people', meta: inside('people', 'keep_people'), component: () => import('./people/PeoplePage.vue') },
    { path: '/orgs/:id?', name: 'orgs', meta: inside('orgs', 'read_net'), component: () => import('./people/OrgsPage.vue') },
    { path: '/coverage', name: 'coverage', meta: inside('coverage', 'keep_people'), component: () => import('./people/CoveragePage.vue') },
    { path: '/handovers/:id?', name: 'handovers', meta: inside('handovers'), component: () => import('./people/HandoversPage.vue') },
    { path: '/posts/:id?', name: 'posts', meta: inside('posts', 'keep_people'), component: () => import('./people/PostsPage.vue') },
    { path: '/allowances/:id?', name: 'allowances', meta: inside('allowances', 'keep_people'), component: () => import('./people/AllowancesPage.vue') },
    { path: '/my-allowances', name: 'my-allowances', meta: inside('my_allowances'), component: () => import('./people/MyAllowancesPage.vue') },
    { path: '/liaison', name: 'liaison', meta: inside('liaison', 'liaise'), component: () => import('./people/LiaisonPage.vue') },
    { path: '/volunteers', name: 'volunteers', meta: inside('volunteers', 'keep_people'), component: () => import('./people/VolunteersPage.vue') },
    { path: '/wall', name: 'wall', meta: { ...inside('wall', 'read_cases'), bare: true }, component: () => import('./pages/WallPage.vue') },
    { path: '/account', name: 'account', meta: inside('account'), component: () => import('./pages/AccountPage.vue') },
    { path: '/:rest(.*)*', name: 'nowhere', meta: inside('nowhere'), component: () => import('./pages/NowherePage.vue') },
  ],
})

router.beforeEach(async (to) => {
  if (!session.asked) await readSession()
  if (to.meta.inside && !session.me) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  if (to.name === 'sign-in' && session.me) return { name: 'overview' }
  // A first password is changed before anything else.
  if (to.meta.inside && session.me?.must_change && to.name !== 'account') return { name: 'account' }
  // Administrators work on no cases: they begin where they can do something.
  if (to.name === 'overview' && !can('read_cases')) return { name: 'account' }
  return true
})
