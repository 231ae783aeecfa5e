import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { RunnerError } from '../../src/domain/errors.ts'
import { assertWanted } from '../system/pause.ts'

/** A monitor that this process started, and so is told about by the kernel instead of having to ask. */
export interface OwnChild {
  readonly hasExited: boolean
  /** Resolves when it has ended and was reaped. */
  readonly exited: Promise<void>
  /** Waits for the end; meanwhile the process of the runner stays. @throws RunnerError `CANCELLED` */
  wait(signal: AbortSignal): Promise<void>
}

/** Resolves once the kernel has said whether the process exists.
 * @throws the system's error when it does not */
export const adopt = async (child: ChildProcess): Promise<OwnChild> => {
  if (child.pid === undefined) throw (await once(child, 'error'))[0]
  let hasExited = false
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      hasExited = true
      resolve()
    })
  })
  // A signal that could not be sent; nobody sends one through this object.
  child.on('error', () => undefined)
  child.unref()
  return {
    get hasExited() {
      return hasExited
    },
    exited,
    async wait(signal) {
      if (hasExited) return
      assertWanted(signal, 'the wait')
      child.ref()
      const { promise: aborted, reject } = Promise.withResolvers<never>()
      const abort = (): void => reject(new RunnerError('CANCELLED', 'the wait was given up', { cause: signal.reason }))
      signal.addEventListener('abort', abort)
      try {
        await Promise.race([exited, aborted])
      } finally {
        signal.removeEventListener('abort', abort)
        child.unref()
      }
    },
  }
}
