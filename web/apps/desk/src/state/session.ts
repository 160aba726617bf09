import { Problem, type Bounds, type City, type Me } from '@gridwork/api'
import { setServerNow } from '@gridwork/i18n'
import { reactive } from 'vue'
import { api } from './api'

/** Who works here, and in which city. */
export const session = reactive<{
  me: Me | null
  city: City | null
  /** The area looked at: never wider than the seat's. */
  area: { code: string; name: string; level: string; bounds?: Bounds } | null
  /** Whether the server has been asked yet. */
  asked: boolean
  /** Why it could not be asked. */
  problem: unknown
}>({ me: null, city: null, area: null, asked: false, problem: null })

/** The city may have got another net, or its first areas. */
export async function readCityAgain(): Promise<void> {
  session.city = await api.city()
}

function enter(me: Me): void {
  session.me = me
  session.area = { code: me.area.code, name: me.area.name, level: me.area.level }
}

async function readCity(): Promise<void> {
  session.city ??= await api.city()
  if (session.city.test_clock) setServerNow((await api.testClock()).now)
}

/** Asks who is signed in; a missing session is no problem. */
export async function readSession(): Promise<void> {
  session.problem = null
  try {
    await readCity()
    enter((await api.me()).me)
  } catch (cause) {
    session.me = null
    if (!(cause instanceof Problem) || cause.status !== 401) session.problem = cause
  }
  session.asked = true
}

/** Signs in. Rejects with the server's `Problem`: wrong, locked, or a second step needed. */
export async function signIn(login: string, password: string, code: string | null): Promise<void> {
  const { me } = await api.signIn(login, password, code)
  await readCity()
  enter(me)
  session.problem = null
}

/** Drops what is known here; the router then asks to sign in. */
export function forgetSession(): void {
  if (!session.me) return
  session.me = null
  session.area = null
  const here = location.pathname.replace(/^\/desk/, '') + location.search
  location.assign(here === '/' || here.startsWith('/sign-in') ? '/desk/sign-in' : `/desk/sign-in?next=${encodeURIComponent(here)}`)
}

export async function signOut(everywhere = false): Promise<void> {
  await (everywhere ? api.signOutEverywhere() : api.signOut())
  session.me = null
  location.assign('/desk/sign-in')
}

/** Whether one of my seats carries a right; the server decides anyway. */
export const can = (right: string): boolean => session.me?.capabilities.includes(right) ?? false
