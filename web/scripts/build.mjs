// Type-checks and builds the three faces into dist/{citizen,desk,field}.
// `npm run build -- desk` builds one of them.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const asked = process.argv.slice(2)
const faces = ['desk', 'field', 'citizen']
  .filter((face) => existsSync(`apps/${face}/src`))
  .filter((face) => asked.length === 0 || asked.includes(face))

function run(command, args) {
  const done = spawnSync(command, args, { stdio: 'inherit' })
  if (done.status !== 0) process.exit(done.status ?? 1)
}

for (const face of faces) {
  run('npx', ['vue-tsc', '--noEmit', '-p', `apps/${face}/tsconfig.json`])
  run('npx', ['vite', 'build', '--logLevel', 'warn', '--config', `apps/${face}/vite.config.ts`])
}
