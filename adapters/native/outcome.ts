import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { RunnerError } from '../../src/domain/errors.ts'
import type { Exit } from '../../src/domain/exit.ts'
import { signalOfExitCode } from '../../src/domain/signals.ts'
import type { World } from './attempt.ts'
import { lastWords } from './bubblewrap.ts'
import type { Mark } from './mark.ts'
import { unless } from './system-error.ts'

/** The exit on record; null where there is none. */
export const recordedExit = (world: World, name: string): Exit | null => {
  const mark = world.marks.read(name)
  return mark === null || mark.refused !== null ? null : exitOf(world, name, mark)
}

const exitOf = (world: World, name: string, { exitCode }: Mark): Exit | null => {
  const { oomKills, ...usage } = world.cgroups.usage(name)
  // The counter counts also when the command went on after its child was killed, and says so then too.
  const oomKilled = oomKills > 0
  // The exit code is the last thing that is written on the mark.
  const endedAt = statSync(world.marks.path(name), { throwIfNoEntry: false })?.mtimeMs
  if (exitCode !== null)
    return {
      code: exitCode,
      signal: signalOfExitCode(exitCode),
      oomKilled,
      ...usage,
      ...(endedAt === undefined ? {} : { endedAt: Math.floor(endedAt) }),
    }
  // The memory limit can take the monitor with it: no code, but the counter is evidence enough.
  return oomKilled ? { code: null, signal: 'SIGKILL', oomKilled, ...usage } : null
}

/** What became of an attempt of which nothing runs any more.
 * @throws RunnerError `COMMAND_NOT_FOUND`, `SANDBOX_UNAVAILABLE`, `TASK_LOST` */
export const outcome = (world: World, name: string): Exit => {
  const mark = world.marks.read(name)
  if (mark === null) throw new RunnerError('TASK_LOST', `the attempt ${name} has left no mark`)
  if (mark.refused !== null) throw refusal(mark.refused)
  const exit = exitOf(world, name, mark)
  if (exit !== null) return exit
  const last = mark.header === null ? null : lastWords(readTail(mark.header.stderr))
  if (last?.problem === 'command') throw notFound(last.words)
  if (last?.problem === 'sandbox')
    throw new RunnerError('SANDBOX_UNAVAILABLE', last.words, { hint: 'See env-runner doctor, and docs/native.md' })
  throw new RunnerError('TASK_LOST', `the attempt ${name} is gone and left no exit code: its monitor was killed, or the host was restarted`)
}

const refusal = (reason: NonNullable<Mark['refused']>): RunnerError => {
  switch (reason) {
    case 'command':
      return notFound('there is no such program on the PATH of the task')
    case 'directory':
      return notFound('its working directory is not there')
    case 'cgroup':
      return new RunnerError('SANDBOX_UNAVAILABLE', 'the attempt could not join its control groups', { hint: 'See env-runner doctor' })
    case 'limits':
      return new RunnerError('SANDBOX_UNAVAILABLE', 'the limits of the attempt could not be set', { hint: 'See env-runner doctor' })
  }
}

const notFound = (words: string): RunnerError =>
  new RunnerError('COMMAND_NOT_FOUND', `the command could not be started: ${words}`, {
    hint: 'The task sees /usr of this host and its work directory; give an absolute path, or install the program',
  })

const tailBytes = 4_096

const readTail = (path: string): string =>
  unless(
    ['ENOENT', 'EACCES'],
    () => {
      const fd = openSync(path, 'r')
      try {
        const buffer = Buffer.alloc(tailBytes)
        const read = readSync(fd, buffer, 0, tailBytes, Math.max(0, fstatSync(fd).size - tailBytes))
        return buffer.toString('utf8', 0, read)
      } finally {
        closeSync(fd)
      }
    },
    '',
  )
