// The shell of the field face with no network: pages and their parts from this device, data never.
// Files under assets/ carry their content's hash in the name and are kept as they are; the page itself is asked for first.
const KEPT = 'gridwork.field.v1'
const ROOT = '/field/'
const MOST = 200

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const shelf = await caches.open(KEPT)
    const page = await fetch(new Request(ROOT, { cache: 'reload' }))
    const parts = [...(await page.clone().text()).matchAll(/"(\/field\/assets\/[^"]+)"/g)].map(([, path]) => path)
    await shelf.put(ROOT, page)
    await shelf.addAll(parts)
    await self.skipWaiting()
  })())
})
self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith('gridwork.field.') && name !== KEPT) await caches.delete(name)
    await self.clients.claim()
  })())
})

async function asset(request) {
  const shelf = await caches.open(KEPT)
  const kept = await shelf.match(request)
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) {
    await shelf.put(request, answer.clone())
    const keys = await shelf.keys()
    for (const old of keys.slice(0, Math.max(0, keys.length - MOST))) if (new URL(old.url).pathname !== ROOT) await shelf.delete(old)
  }
  return answer
}

async function shell(request) {
  const shelf = await caches.open(KEPT)
  try {
    const answer = await fetch(request)
    if (answer.ok) await shelf.put(ROOT, answer.clone())
    return answer
  } catch {
    return (await shelf.match(ROOT)) ?? Response.error()
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin || !pathname.startsWith(ROOT)) return
  if (request.mode === 'navigate') event.respondWith(shell(request))
  else if (pathname.startsWith(`${ROOT}assets/`)) event.respondWith(asset(request))
})
