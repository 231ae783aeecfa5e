import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { requireService } from '../require-service.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const reporter = join(root, 'clients/python/tests/report.py')

/** How a Python program ended. */
export interface PythonEnded {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A virtual environment of its own. */
export interface Python {
  /** For files of the test; goes away with `end`. */
  readonly directory: string
  start(args: readonly string[], env?: NodeJS.ProcessEnv): ReturnType<typeof startPython>
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<PythonEnded>
  end(): void
}

/** Installs the client of this checkout, and with it what its `dev` extra names: a code generator and a type checker. Null, with a line that says so, where
 * Python or its packages cannot be had. */
export const createPython = (): Python | null => {
  const hasPython = spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0
  if (!requireService('python3 with venv', hasPython, 'apt-get install python3 python3-venv')) return null
  const directory = mkdtempSync(join(tmpdir(), 'env-runner-python-'))
  const end = () => rmSync(directory, { recursive: true, force: true })
  const program = join(directory, 'venv/bin/python')
  // A copy: building leaves files beside the sources.
  cpSync(join(root, 'clients/python'), join(directory, 'client'), { recursive: true })
  const made = [
    spawnSync('python3', ['-m', 'venv', join(directory, 'venv')], { encoding: 'utf8' }),
    spawnSync(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${join(directory, 'client')}[dev]`], {
      encoding: 'utf8',
    }),
  ]
  const problem = made.find(({ status }) => status !== 0)
  try {
    if (!requireService('the package index of pip', !problem, `pip says: ${problem?.stderr ?? ''}`)) return (end(), null)
  } catch (cause) {
    end()
    throw cause
  }
  const start: Python['start'] = (args, env = {}) => startPython(program, args, env)
  return { directory, start, run: (args, env) => start(args, env).ended, end }
}

const startPython = (program: string, args: readonly string[], env: NodeJS.ProcessEnv) => {
  const child = spawn(program, args, {
    cwd: root,
    env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1', GRPC_VERBOSITY: 'NONE', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  const ended = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]): PythonEnded => ({
    code,
    stdout,
    stderr,
  }))
  return { child, ended }
}

/** What one test of Python's `unittest` says: `module.Class.test_name`, and what is wrong, if anything. */
export interface PythonOutcome {
  readonly id: string
  readonly problem?: string
  readonly skipped?: string
}

/** The tests that the files of a directory define, as `module.Class.test_name`. */
export const pythonTestsIn = (directory: string, only: RegExp = /^test_.*\.py$/): string[] =>
  readdirSync(directory)
    .filter((file) => only.test(file))
    .sort()
    .flatMap((file) => {
      let owner = ''
      return readFileSync(join(directory, file), 'utf8')
        .split('\n')
        .flatMap((line) => {
          owner = /^class (\w+)\(/.exec(line)?.[1] ?? owner
          const name = /^ {4}def (test_\w+)\(/.exec(line)?.[1]
          return name === undefined ? [] : [`${file.slice(0, -'.py'.length)}.${owner}.${name}`]
        })
    })

/** Runs a directory's tests; the outcome of each, by its name. */
export const runPythonTests = async (
  python: Python,
  directory: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ outcomes: Map<string, PythonOutcome>; stderr: string }> => {
  const { stdout, stderr } = await python.run([reporter, directory], env)
  const outcomes = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as PythonOutcome]))
  return { outcomes: new Map(outcomes.map((outcome) => [outcome.id, outcome])), stderr }
}
