import { createClient } from '@gridwork/api'
import { words } from '../words'
import { forgetSession } from './session'

/** The desk's client: sentences of the server come in the language now shown. */
export const api = createClient({
  language: () => words.global.locale.value,
  onSignedOut: () => forgetSession(),
})
