/**
 * A UUID of version 7: 48 bits of milliseconds, then chance. Whoever makes a thing names it, so that a repeated
 * command is recognised.
 */
export function uuidv7(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  let left = now
  for (let i = 5; i >= 0; i -= 1) {
    bytes[i] = left % 256
    left = Math.floor(left / 256)
  }
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
