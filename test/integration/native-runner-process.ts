/** A runner that launches one attempt and dies as it is told: the test's stand-in for a process that is killed by `kill -9`.
 * Arguments: a JSON document with the executor's options, the request, and when to die. */
import childProcess, { type SpawnOptions } from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import type { NativeOptions } from '../../adapters/native/index.ts'
import type { LaunchRequest } from '../../src/ports/executor.ts'
import { realClock } from './real-clock.ts'

export interface RunnerProcessOptions {
  readonly executor: Omit<NativeOptions, 'clock'>
  readonly request: LaunchRequest
  /** `before-spawn`: the mark is there, nothing runs. `after-spawn`: at the very moment when the process exists. `never`: stays until it is killed. */
  readonly dies: 'before-spawn' | 'after-spawn' | 'never'
}

const { executor, request, dies } = JSON.parse(process.argv[2]!) as RunnerProcessOptions
const die = (): never => {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('killed')
}
const { spawn } = childProcess
if (dies === 'before-spawn') childProcess.spawn = die
if (dies === 'after-spawn')
  childProcess.spawn = (command: string, args?: unknown, options?: unknown) => {
    spawn(command, args as string[], options as SpawnOptions)
    return die()
  }
syncBuiltinESMExports()

const { createNativeExecutor } = await import('../../adapters/native/index.ts')
await createNativeExecutor({ ...executor, clock: realClock }).launch(request, new AbortController().signal)
process.stdout.write('launched\n')
setInterval(() => undefined, 60_000)
