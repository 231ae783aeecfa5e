import { spawnSync } from 'node:child_process'
import type { Count } from './count.ts'

export interface Output {
  readonly stdout: string
  readonly stderr: string
}

/** npm hands its settings and this package's facts down in the environment; a program for another directory must not see them. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name)))

/** Runs programs in a directory, to their end. @throws Error with all they printed when they exit with another code than 0 */
export const runIn =
  (dir: string) =>
  (program: string, args: readonly string[]): Output => {
    const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
      cwd: dir,
      encoding: 'utf8',
      env: environment(),
      maxBuffer: 64 * 1024 * 1024,
    })
    if (error) throw error
    if (status !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${String(signal ?? status)}\n${stdout}${stderr}`)
    return { stdout, stderr }
  }

/** Runs named steps in order and prints a line for each; a step fails by throwing, and the next ones run all the same. */
export const checkThat = (steps: Readonly<Record<string, () => unknown>>): Count => {
  let failed = 0
  for (const [name, step] of Object.entries(steps)) {
    try {
      step()
      process.stdout.write(`✓ ${name}\n`)
    } catch (error) {
      failed += 1
      process.stdout.write(`✗ ${name}\n${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
  return { passed: Object.keys(steps).length - failed, failed }
}
