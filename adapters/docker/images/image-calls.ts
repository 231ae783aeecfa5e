import type { Readable } from 'node:stream'
import type Dockerode from 'dockerode'
import * as z from 'zod'
import { RunnerError } from '../../../src/domain/errors.ts'
import type { ImageReference } from '../../../src/domain/image-reference.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import { engineUnavailable } from '../engine.ts'
import type { RegistryAuth } from './credentials.ts'
import { engineWords, statusOf } from './image-error.ts'
import { givenUp, pause } from '../../system/pause.ts'

const imageSchema = z.object({ Id: z.string(), RepoDigests: z.array(z.string()).nullish(), Size: z.number().nonnegative() })
const imagesSchema = z.array(z.object({ Id: z.string() }))
const containersSchema = z.array(z.object({ ImageID: z.string() }))

/** What the engine says of an image that it has. */
export type EngineImage = z.output<typeof imageSchema>

/** The engine's calls about images. All but `pull` end within `callMs`; those that a task waits for are asked again, for up to `unavailableMs`, while the
 * engine is away. They reject with the engine's own error, or with a RunnerError `ENGINE_UNAVAILABLE` or `CANCELLED`. */
export interface ImageCalls {
  /** Null: it has none of that name. */
  inspect(reference: string, signal: AbortSignal): Promise<EngineImage | null>
  /** The ids of all images that it has. */
  ids(signal: AbortSignal): Promise<ReadonlySet<string>>
  /** The ids of images that containers use, running or not. Asked once. */
  idsInUse(signal: AbortSignal): Promise<ReadonlySet<string>>
  /** Takes the name away from its image; with its last name the image goes, unless a container uses it. Asked once. */
  untag(reference: string, signal: AbortSignal): Promise<'removed' | 'absent' | 'inUse'>
  /** Starts a pull. The stream holds JSON messages; it, and the pull, end when the signal aborts. Asked once. */
  pull(reference: ImageReference, auth: RegistryAuth | null, signal: AbortSignal): Promise<Readable>
}

interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly options?: object
  readonly authconfig?: object | undefined
  readonly isStream?: boolean
}

/** dockerode's own methods take no signal for some of these calls; the layer below them does for all. */
interface Modem {
  dial(request: Request & { statusCodes: object; abortSignal: AbortSignal }, answered: (cause: unknown, answer: unknown) => void): void
}

export interface ImageCallOptions {
  readonly docker: Dockerode
  /** Where the engine is, for words. */
  readonly host: string
  readonly clock: Clock
  readonly callMs: number
  readonly unavailableMs: number
}

/** What was given up, in words. */
export const doing = 'getting the image'

/** Longest pause between two attempts to reach an engine that is away, and the first one; milliseconds. */
const [pauseMsMax, pauseMsFirst] = [2_000, 100]

export const createImageCalls = ({ docker, host, clock, callMs, unavailableMs }: ImageCallOptions): ImageCalls => {
  const send = (request: Request, signal: AbortSignal): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const answered = (cause: unknown, answer: unknown): void => (cause == null ? resolve(answer) : reject(cause as Error))
      ;(docker.modem as Modem).dial({ ...request, statusCodes: { 200: true }, abortSignal: signal }, answered)
    })

  const ask = async (request: Request, signal: AbortSignal): Promise<unknown> => {
    const late = new AbortController()
    const cancel = clock.timer(callMs, () => late.abort())
    try {
      return await send(request, AbortSignal.any([signal, late.signal]))
    } catch (cause) {
      if (signal.aborted) throw givenUp(signal, doing)
      if (late.signal.aborted) throw new Error(`no answer within ${callMs} ms`, { cause })
      throw cause
    } finally {
      cancel()
    }
  }

  const askPatiently = async (request: Request, signal: AbortSignal): Promise<unknown> => {
    const since = clock.monotonic()
    for (let delayMs = pauseMsFirst; ; delayMs = Math.min(pauseMsMax, 2 * delayMs)) {
      try {
        return await ask(request, signal)
      } catch (cause) {
        if (cause instanceof RunnerError || !isAway(cause)) throw cause
        const leftMs = unavailableMs - (clock.monotonic() - since)
        if (leftMs <= 0) throw engineUnavailable(host, engineWords(cause), cause)
        await pause(clock, Math.min(delayMs, leftMs), signal, doing)
      }
    }
  }

  return {
    inspect: (reference, signal) =>
      askPatiently({ method: 'GET', path: `/images/${reference}/json` }, signal).then(
        (answer) => imageSchema.parse(answer),
        (cause: unknown) => {
          if (statusOf(cause) === 404) return null
          throw cause
        },
      ),
    async ids(signal) {
      const answer = imagesSchema.parse(await askPatiently({ method: 'GET', path: '/images/json' }, signal))
      return new Set(answer.map(({ Id }) => Id))
    },
    async idsInUse(signal) {
      const answer = containersSchema.parse(await ask({ method: 'GET', path: '/containers/json?', options: { all: true } }, signal))
      return new Set(answer.map(({ ImageID }) => ImageID))
    },
    async untag(reference, signal) {
      try {
        await ask({ method: 'DELETE', path: `/images/${reference}` }, signal)
        return 'removed'
      } catch (cause) {
        const status = statusOf(cause)
        if (status === 404) return 'absent'
        if (status === 409) return 'inUse'
        throw cause
      }
    },
    async pull({ registry, repository, tag, digest }, auth, signal) {
      const options = { _query: { fromImage: `${registry}/${repository}`, tag: digest ?? tag }, _body: {} }
      return (await send(
        { method: 'POST', path: '/images/create?', options, authconfig: auth ?? undefined, isStream: true },
        signal,
      )) as Readable
    },
  }
}

/** Nothing answers there, or what does is starting or ending. */
const isAway = (cause: unknown): boolean => (statusOf(cause) ?? 500) >= 500
