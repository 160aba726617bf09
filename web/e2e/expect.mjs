// Waiting until something holds, and saying what did not.

/** Asks `look` until `holds` says yes. */
export async function expect(look, holds, what, patience = 10_000) {
  let seen
  for (const since = Date.now(); Date.now() - since < patience;) {
    seen = await look()
    if (holds(seen)) return seen
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
  throw new Error(`${what}: ${JSON.stringify(seen)}`)
}

export function equal(seen, wanted, what) {
  if (JSON.stringify(seen) !== JSON.stringify(wanted)) throw new Error(`${what}: ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`)
}
