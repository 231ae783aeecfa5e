// npm run build: the published package, dist/. Node strips no types below node_modules, so what is installed must be JavaScript.
import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

rmSync(join(root, 'dist'), { recursive: true, force: true })
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')], {
  cwd: root,
  stdio: 'inherit',
})
if (status === 0) chmodSync(join(root, 'dist/src/cli/main.js'), 0o755)
process.exitCode = status ?? 1
