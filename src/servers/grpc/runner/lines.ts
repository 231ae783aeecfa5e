import type { Clock } from '../../../ports/clock.ts'
import type { Task } from '../../../runner/api.ts'
import { logLines } from '../../http/log-lines.ts'
import type { LogLine } from '../generated/runner/v1/LogLine.ts'
import { timeOf } from './result.ts'

const levels = { stdout: 'info', stderr: 'error' } as const

/** What a job prints, line by line as it is read, without the lines that it prints for the runner; ends with the job. */
export async function* runLines(task: Task, clock: Clock, signal: AbortSignal): AsyncGenerator<LogLine> {
  const pieces = task.logs({ follow: true, signal })
  const nothingIsOld = (): number => 0
  for await (const { stream, line, gap, time } of logLines(pieces, nothingIsOld, () => clock.now())) {
    if (gap !== undefined)
      yield { ts: timeOf(clock.now()), level: 'warn', msg: `${gap} bytes of ${stream} were given back: the log was over its cap` }
    else yield { ts: time ?? timeOf(clock.now()), level: levels[stream], msg: line ?? '' }
  }
}
