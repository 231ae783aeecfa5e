import type { Progress } from '../../../src/domain/events.ts'
import { RunnerError } from '../../../src/domain/errors.ts'
import type { ImageReference } from '../../../src/domain/image-reference.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import { secretsOf, type RegistryAuth } from './credentials.ts'
import { doing, type ImageCalls } from './image-calls.ts'
import { imageError } from './image-error.ts'
import { givenUp } from '../../system/pause.ts'
import { readPullMessages } from './pull-messages.ts'
import { createPullProgress } from './pull-progress.ts'

export interface PullOptions {
  readonly engine: ImageCalls
  readonly clock: Clock
  /** A pull that tells of no progress for so long is given up, in milliseconds; the total is the signal's affair. */
  readonly stallMs: number
}

/** The engine tries a broken download again by itself, and counts the seconds until then: events, but no progress. */
const isProgress = (status: string | undefined): boolean => !status?.startsWith('Retrying in')

/** Has the engine pull the image. Resolves when it says that it has.
 * @throws RunnerError `IMAGE_NOT_FOUND`, `IMAGE_UNAUTHORIZED`, `IMAGE_INVALID`, `IMAGE_PULL_FAILED`, `CANCELLED` */
export const pullImage = async (
  { engine, clock, stallMs }: PullOptions,
  reference: ImageReference,
  auth: RegistryAuth | null,
  signal: AbortSignal,
  told: (progress: Progress) => void,
): Promise<void> => {
  const stall = new AbortController()
  const watch = (): (() => void) => clock.timer(stallMs, () => stall.abort())
  let cancel = watch()
  try {
    const stream = await engine.pull(reference, auth, AbortSignal.any([signal, stall.signal]))
    const progress = createPullProgress()
    for await (const message of readPullMessages(stream)) {
      if (isProgress(message.status)) {
        cancel()
        cancel = watch()
      }
      told(progress(message))
    }
  } catch (cause) {
    if (signal.aborted) throw givenUp(signal, doing)
    if (stall.signal.aborted)
      throw new RunnerError('IMAGE_PULL_FAILED', `${reference.normalised}: no progress for ${stallMs / 1_000} s`, {
        hint: 'It is tried again; docker.pull_stall_seconds says how long a pull may stand still',
      })
    throw imageError(reference.normalised, cause, secretsOf(auth))
  } finally {
    cancel()
  }
}
