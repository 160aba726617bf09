/** Of questions asked while one is typing, only the last is answered: an earlier answer may come after it, and is `null`. */
export function onlyLast(): <T>(answer: Promise<T>) => Promise<T | null> {
  let asked = 0
  return async (answer) => {
    const mine = ++asked
    const told = await answer
    return mine === asked ? told : null
  }
}
