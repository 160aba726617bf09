// Type-checks the faces that exist; the packages are checked through them.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const faces = ['desk', 'field', 'citizen'].filter((face) => existsSync(`apps/${face}/src`))
for (const face of faces) {
  const run = spawnSync('npx', ['vue-tsc', '--noEmit', '-p', `apps/${face}/tsconfig.json`], { stdio: 'inherit' })
  if (run.status !== 0) process.exit(run.status ?? 1)
}
