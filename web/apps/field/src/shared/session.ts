import { isProblem, type Client, type Me } from '@gridwork/api'
import { openShelf } from '@gridwork/ui/phone'
import { shallowRef } from 'vue'

export type Session = 'asking' | 'in' | 'out'

/** Whether somebody works on this device, and who. */
export const session = shallowRef<Session>('asking')
export const me = shallowRef<Me | null>(null)
/** True while the person is known from the last visit only, as the server cannot be asked. */
export const unconfirmed = shallowRef(false)

const shelf = openShelf<Me>('session')
const KEY = 'me'

async function enter(person: Me, confirmed: boolean): Promise<void> {
  me.value = person
  session.value = 'in'
  unconfirmed.value = !confirmed
  if (confirmed) await shelf.put(KEY, person)
}

/** The server said that the session is gone: nothing is lost, the outbox waits for the next sign-in. */
export function signedOut(): void {
  session.value = 'out'
  unconfirmed.value = false
}

/** Asks who works here; without a network the person of the last visit goes on working. */
export async function resume(client: Client): Promise<void> {
  try {
    await enter((await client.me()).me, true)
  } catch (thing) {
    const kept = isProblem(thing) && thing.unreachable ? await shelf.get(KEY) : undefined
    if (kept) await enter(kept, false)
    else signedOut()
  }
}

export async function signIn(client: Client, login: string, password: string, code: string | null): Promise<void> {
  await enter((await client.signIn(login, password, code)).me, true)
}

/** Signs out here (or everywhere) and forgets who worked on this device. */
export async function signOut(client: Client, everywhere: boolean): Promise<void> {
  await (everywhere ? client.signOutEverywhere() : client.signOut())
  await shelf.remove(KEY)
  me.value = null
  signedOut()
}
