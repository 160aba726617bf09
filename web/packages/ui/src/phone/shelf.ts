/** Things kept on this device under a key; what is put there must be clonable (blobs are). */
export interface Shelf<Thing> {
  all: () => Promise<Thing[]>
  get: (key: string) => Promise<Thing | undefined>
  put: (key: string, thing: Thing) => Promise<void>
  remove: (key: string) => Promise<void>
}

/** A shelf that lasts as long as the page: for tests, and for browsers that keep nothing. */
export function memoryShelf<Thing>(): Shelf<Thing> {
  const things = new Map<string, Thing>()
  return {
    all: async () => [...things.values()],
    get: async (key) => things.get(key),
    put: async (key, thing) => { things.set(key, thing) },
    remove: async (key) => { things.delete(key) },
  }
}

const STORE = 'things'

function answered<Answer>(request: IDBRequest<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB')))
  })
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1)
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE))
  return answered(request)
}

/**
 * A shelf in IndexedDB, one database per name. Where the browser refuses (private windows of some), it falls back to
 * memory: the page works, it only forgets.
 */
export function openShelf<Thing>(name: string): Shelf<Thing> {
  if (!('indexedDB' in globalThis)) return memoryShelf()
  const spare = memoryShelf<Thing>()
  const database = open(`gridwork.${name}`).catch(() => null)

  async function ask<Answer>(
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => IDBRequest<Answer>,
    instead: () => Promise<Answer>,
  ): Promise<Answer> {
    const db = await database
    if (!db) return instead()
    const transaction = db.transaction(STORE, mode, { durability: 'strict' })
    return answered(act(transaction.objectStore(STORE)))
  }

  return {
    all: () => ask<Thing[]>('readonly', (store) => store.getAll(), () => spare.all()),
    get: (key) => ask<Thing | undefined>('readonly', (store) => store.get(key), () => spare.get(key)),
    put: async (key, thing) => {
      await ask<IDBValidKey>('readwrite', (store) => store.put(thing, key), async () => {
        await spare.put(key, thing)
        return key
      })
    },
    remove: async (key) => {
      await ask<undefined>('readwrite', (store) => store.delete(key), async () => {
        await spare.remove(key)
        return undefined
      })
    },
  }
}
