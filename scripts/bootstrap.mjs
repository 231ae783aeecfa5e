// The entry of every npm script: installs what is missing, then runs a program of this repository under the project's own Node.
// Plain JavaScript without dependencies, because it starts on whatever Node (18 or later) the machine has, before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const nodeMajorMin = 24

/** The packages of a lock file and their versions; null where there is none, or it cannot be read. */
const packagesOf = (lockFile) => {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages
  } catch {
    return null
  }
}

/** npm records what it installed in node_modules/.package-lock.json, last of all; so an interrupted installation is seen too. */
const isInstalled = () => {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  const wanted = packagesOf(join(root, 'package-lock.json'))
  if (!installed || !wanted) return false
  return Object.entries(wanted).every(([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version)
}

const fail = (message, status = 1) => {
  process.stderr.write(`${message}\n`)
  process.exit(status)
}

const install = () => {
  process.stderr.write('installing…\n')
  // The npm that runs this script, else the one on the PATH. `--include=dev`: NODE_ENV=production would leave out what runs the project.
  const [npm, ...before] = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  const args = [...before, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, error, stdout, stderr } = spawnSync(npm, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (error) fail(`npm could not be started (${error.message}). Install npm, then run this again.`)
  if (status !== 0) fail(`${stdout}${stderr}npm ci failed with exit code ${status}.`)
}

/** The `node` package, unless npm was told to run no install scripts; then this Node, where it is new enough. */
const findNode = () => {
  const own = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(own)) return own
  if (Number(process.versions.node.split('.')[0]) >= nodeMajorMin) return process.execPath
  return fail(
    `Node ${nodeMajorMin} is needed; this is ${process.version}, and npm was not allowed to install the project's own.\n` +
      `Either run "npm rebuild node --ignore-scripts=false", or put a Node ${nodeMajorMin} first on the PATH; then run this again.`,
  )
}

const run = (node, args) => {
  const path = [dirname(node), process.env.PATH].filter(Boolean).join(delimiter)
  const child = spawn(node, args, { stdio: 'inherit', env: { ...process.env, PATH: path } })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal sends Ctrl-C to the child itself; sent twice, it would mean "at once" to programs that stop gently.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)))
  }
  child.on('error', (error) => fail(`${node} could not be started: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)))
}

const [program, ...args] = process.argv.slice(2)
if (program === undefined) fail('usage: node scripts/bootstrap.mjs PROGRAM [ARGUMENT …]     PROGRAM: a path below the repository', 2)
if (!isInstalled()) install()
run(findNode(), [join(root, program), ...args])
