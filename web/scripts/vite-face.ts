import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin, type UserConfig } from 'vite'

interface Face {
  root: string
  /** Path prefix the face is served under, with slashes. */
  base: '/' | '/desk/' | '/field/'
  /** Folder below `web/dist`. */
  out: 'citizen' | 'desk' | 'field'
  port: number
  /** What a face adds of its own (a service worker, say). */
  extend?: UserConfig
}

/** `vite --mode mock`: the dev server answers for the product, from `packages/mock`. */
function mockServer(): Plugin {
  return {
    name: 'gridwork-mock',
    configureServer(server) {
      server.middlewares.use(async (request, response, next) => {
        const url = request.url ?? '/'
        if (!url.startsWith('/api/') && url !== '/healthz') return next()
        const parts: Uint8Array[] = []
        for await (const part of request) parts.push(part)
        const text = Buffer.concat(parts).toString()
        const body: unknown = text.startsWith('{') ? JSON.parse(text) : null
        const { answer } = await server.ssrLoadModule(resolve(import.meta.dirname, '../packages/mock/src/answer.ts'))
        const { status, json, bytes } = answer(request.method ?? 'GET', url, body)
        response.statusCode = status
        response.setHeader('content-type', bytes ? 'application/vnd.mapbox-vector-tile' : status >= 400 ? 'application/problem+json' : 'application/json')
        response.end(bytes ?? JSON.stringify(json))
      })
    },
  }
}

/** The one Vite configuration of the three faces. */
export function face({ root, base, out, port, extend = {} }: Face) {
  const server = process.env['GRIDWORK_SERVER'] ?? 'http://127.0.0.1:8080'
  return defineConfig(({ mode }): UserConfig => ({
    ...extend,
    root,
    base,
    plugins: [vue(), ...(mode === 'mock' ? [mockServer()] : []), ...(extend.plugins ?? [])],
    define: { __INTLIFY_PROD_DEVTOOLS__: 'false', ...extend.define },
    build: {
      outDir: resolve(import.meta.dirname, '../dist', out),
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 1600,
      reportCompressedSize: false,
      ...extend.build,
    },
    worker: { format: 'es' },
    server: {
      host: '127.0.0.1',
      port,
      strictPort: false,
      proxy: mode === 'mock' ? {} : { '/api': { target: server, ws: true }, '/open311': { target: server } },
    },
  }))
}
