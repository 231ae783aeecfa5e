import { RunnerError } from '../domain/errors.ts'
import { connectTo, type Connection } from './connection.ts'

/** The process that holds a data directory, by its socket; null when nobody listens there.
 * @throws RunnerError `RUNNER_UNREACHABLE` when somebody does, but we may not call or get no answer */
export const findHolder = async (socketPath: string): Promise<Connection | null> => {
  const holder = connectTo({ socketPath })
  try {
    await holder.call('GET', '/healthz', undefined, AbortSignal.timeout(5_000))
    return holder
  } catch (cause) {
    const { code } = ((cause as Error).cause ?? {}) as NodeJS.ErrnoException
    // EINVAL, ENAMETOOLONG: the path is too long for a socket, so that nobody can listen there.
    if (['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'EINVAL', 'ENAMETOOLONG'].includes(code ?? '')) return null
    throw cause
  }
}

/** What it means for a task that has not ended that nobody runs it. */
export const nobodyHolds = (dataDir: string): string =>
  `no runner holds ${dataDir}; what it started may still run, and the next runner takes the task up`

/** For a command that is nothing without a runner. */
export const nobodyThere = (dataDir: string, hint: string): RunnerError =>
  new RunnerError('RUNNER_UNREACHABLE', `no runner holds ${dataDir}`, { hint })
