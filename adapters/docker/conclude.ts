import { closeSync, openSync, readSync } from 'node:fs'
import type { ContainerInspectInfo } from 'dockerode'
import { RunnerError } from '../../src/domain/errors.ts'
import type { Exit } from '../../src/domain/exit.ts'
import type { AttemptMark, AttemptMarks } from './attempt-mark.ts'
import { isUnstarted } from './containers.ts'
import type { Engine } from './engine.ts'
import type { LogCopies } from './log-copies.ts'
import { endedWithEngine } from './outage.ts'
import { commandRefusal, exitOf, mayBeRefusal, startRefusal } from './outcome.ts'
import type { Watch } from './watch.ts'

export interface ConclusionSources {
  readonly engine: Engine
  readonly marks: AttemptMarks
  readonly watch: Watch
  readonly logs: LogCopies
}

/** What became of an attempt whose container runs no more. What is found out here alone goes onto the mark: every later answer is the same.
 * @throws RunnerError `COMMAND_NOT_FOUND`, `CONTAINER_REFUSED`, `LAUNCH_FAILED`, `TASK_LOST` */
export type Conclude = (name: string, ended: ContainerInspectInfo | null, signal: AbortSignal) => Promise<Exit>

export const openConclusions = ({ engine, marks, watch, logs }: ConclusionSources): Conclude => {
  /** The words of docker-init are in the container's log, and nowhere else. */
  const refusalOf = async (
    name: string,
    ended: ContainerInspectInfo,
    mark: AttemptMark,
    signal: AbortSignal,
  ): Promise<RunnerError | null> => {
    if (!mayBeRefusal(ended.State.ExitCode) || !mark.logs) return null
    logs.begin(name, ended.Id, mark.logs)
    await logs.settle(name, signal)
    return commandRefusal(ended.State.ExitCode, beginning(mark.logs.stderr))
  }

  return async (name, ended, signal) => {
    const mark = marks.read(name)
    if (mark === null || ended === null) throw lost(name, 'its container was removed')
    if (isUnstarted(ended)) throw lost(name, 'its container was never started')
    if (ended.State.Status === 'created') throw startRefusal(ended.State.Error, null)
    if (isBeingRemoved(ended) && !mark.killed) throw lost(name, 'its container was removed')
    if (mark.lost) throw lost(name, engineWent)
    const exitNow = (): Exit => {
      const oom = mark.oom || watch.toldOfOom(ended.Id)
      if (oom && !mark.oom) marks.update(name, { oom })
      return exitOf(ended, { killed: mark.killed, oom })
    }
    const exit = exitNow()
    if (exit.code === 0) return exit
    const refusal = await refusalOf(name, ended, mark, signal)
    if (refusal) throw refusal
    if (mark.killed || mark.own || exit.oomKilled) return exit
    const isLost = await endedWithEngine(engine, ended, signal)
    marks.update(name, isLost ? { lost: true } : { own: true })
    if (isLost) throw lost(name, engineWent)
    return exitNow() // events come on another connection: one that was told before the end may have arrived after it
  }
}

/** Somebody's forced removal kills first. */
const isBeingRemoved = ({ State }: ContainerInspectInfo): boolean => State.Status === 'removing' && State.ExitCode === 137

const engineWent = 'the Docker engine stopped or started anew, and ended its container'

const lost = (name: string, why: string): RunnerError => new RunnerError('TASK_LOST', `the attempt ${name} is lost: ${why}`)

const beginningBytes = 8_192

const beginning = (path: string): string => {
  try {
    const fd = openSync(path, 'r')
    try {
      const buffer = Buffer.alloc(beginningBytes)
      return buffer.toString('utf8', 0, readSync(fd, buffer, 0, beginningBytes, 0))
    } finally {
      closeSync(fd)
    }
  } catch {
    return '' // the attempt's files are gone: then its exit code has to do
  }
}
