import type Dockerode from 'dockerode'
import { RunnerError } from '../../../src/domain/errors.ts'
import type { Progress } from '../../../src/domain/events.ts'
import { attemptName, type AttemptKey } from '../../../src/domain/exit.ts'
import { parseImageReference, type ImageReference } from '../../../src/domain/image-reference.ts'
import type { ImageIdentity } from '../../../src/domain/plan.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { Logger } from '../../../src/ports/logger.ts'
import type { Credentials } from './credentials.ts'
import { createImageCalls, doing, type EngineImage } from './image-calls.ts'
import { createImageCleaner, type DiskWatermark } from './image-cleaner.ts'
import { imageError } from './image-error.ts'
import { openImageRecord } from './image-record.ts'
import { pullImage } from './pull.ts'
import { createSharedWork } from './shared-work.ts'

export interface ImageStoreOptions {
  readonly docker: Dockerode
  /** Where the engine is, for words. */
  readonly host: string
  readonly clock: Clock
  readonly logger: Logger
  /** When an image is pulled: if the engine has none of that name, each time it is asked for, or not at all. One named by digest is pulled once. */
  readonly policy: 'missing' | 'always' | 'never'
  /** A pull without progress for so long is given up, in milliseconds. */
  readonly stallMs: number
  /** Longest wait for an answer to one call, in milliseconds. */
  readonly callMs: number
  /** How long a task waits for an engine that does not answer, in milliseconds. */
  readonly unavailableMs: number
  readonly credentials: Credentials
  readonly disk: DiskWatermark
  /** Absolute path of the file that remembers which images this runner pulled; its directory exists. */
  readonly recordPath: string
}

/** The engine's images, as far as tasks need them. */
export interface ImageStore {
  /** Has the image on the engine, and keeps it there until `release`. Concurrent calls for one image pull it once; `told` hears how far that is.
   * @throws RunnerError `IMAGE_NOT_FOUND`, `IMAGE_UNAUTHORIZED`, `IMAGE_INVALID`, `INVALID_SPEC` (permanent), `IMAGE_PULL_FAILED`, `ENGINE_UNAVAILABLE`
   * (transient), `CANCELLED` */
  ensure(key: AttemptKey, reference: string, signal: AbortSignal, told: (progress: Progress) => void): Promise<ImageIdentity>
  /** The attempt needs its image no more. Idempotent. */
  release(key: AttemptKey): void
  /** Ends pulls and clean-up. No call may follow. Idempotent. */
  close(): Promise<void>
}

interface Lease {
  readonly reference: string
  readonly id: string | null
}

/** Between two looks at the disk, in milliseconds; another one follows each pull. */
const sweepEveryMs = 600_000

export const createImageStore = (options: ImageStoreOptions): ImageStore => {
  const { clock, logger, policy, credentials, recordPath } = options
  const engine = createImageCalls(options)
  const leases = new Map<string, Lease>()
  const opening = openImageRecord(recordPath, logger)
  const cleaner = createImageCleaner({
    engine,
    record: opening,
    disk: options.disk,
    logger,
    isLeased: ({ id, references }) => [...leases.values()].some((lease) => lease.id === id || references.includes(lease.reference)),
  })

  const find = async (name: string, signal: AbortSignal, told: (progress: Progress) => void): Promise<EngineImage> => {
    const reference = parseImageReference(name)
    await cleaner.settled()
    const found = await engine.inspect(name, signal)
    if (found && (policy !== 'always' || reference.digest !== null)) return found
    if (policy === 'never')
      throw new RunnerError('IMAGE_NOT_FOUND', `${name}: the engine has none of that name`, {
        hint: 'docker.pull is never: load it by hand',
      })
    const before = await engine.ids(signal)
    told({ percent: null, step: 'pull', message: name })
    await pullImage({ ...options, engine }, reference, await credentials.forRegistry(reference.registry), signal, told)
    const pulled = await engine.inspect(name, signal)
    if (!pulled) throw new RunnerError('IMAGE_PULL_FAILED', `${name}: it is not there after its pull`, { hint: 'It is tried again' })
    await remember(reference, pulled, before)
    void cleaner.sweep()
    return pulled
  }

  /** An image that was there before, and not through us, is not ours to remove, whatever other name it got now. */
  const remember = async (reference: ImageReference, image: EngineImage, before: ReadonlySet<string>): Promise<void> => {
    const record = await opening
    const known = record.get(image.Id)
    if (!known && before.has(image.Id)) return
    const names = [...(known?.references ?? []), reference.normalised, digestOf(reference, image)].filter((name) => name !== null)
    record.set({ id: image.Id, references: [...new Set(names)], lastUsedAt: clock.now(), sizeBytes: image.Size })
    await record.save()
  }

  /** Reaches the disk with the next change of what is there: after a crash an image looks unused for a little longer than it was. */
  const touch = async (id: string): Promise<void> => {
    const record = await opening
    const image = record.get(id)
    if (image) record.set({ ...image, lastUsedAt: clock.now() })
  }

  const shared = createSharedWork(clock, doing, (name, signal, told) =>
    find(name, signal, told).catch((cause: unknown) => {
      throw imageError(name, cause)
    }),
  )

  const sweepLater = (): (() => void) =>
    clock.timer(sweepEveryMs, () => {
      cancelSweep = sweepLater()
      void cleaner.sweep().then(async () => (await opening).save())
    })
  let cancelSweep = sweepLater()

  return {
    async ensure(key, text, signal, told) {
      const reference = parseImageReference(text)
      const name = attemptName(key)
      const before = leases.get(name)
      leases.set(name, { reference: reference.normalised, id: null })
      try {
        const image = await shared.join(reference.normalised, signal, told)
        leases.set(name, { reference: reference.normalised, id: image.Id })
        await touch(image.Id)
        return { reference: text, id: image.Id, digest: digestOf(reference, image) }
      } catch (cause) {
        if (before) leases.set(name, before)
        else leases.delete(name)
        throw cause
      }
    },
    release(key) {
      const lease = leases.get(attemptName(key))
      leases.delete(attemptName(key))
      if (lease?.id != null) void touch(lease.id)
    },
    async close() {
      cancelSweep()
      await shared.close()
      await cleaner.close()
      await (await opening).save()
    },
  }
}

/** Under which digest the image's own repository serves it. The engine writes names of docker.io in short. */
const digestOf = ({ registry, repository, digest }: ImageReference, { RepoDigests }: EngineImage): string | null => {
  const digests = (RepoDigests ?? []).flatMap((text) => {
    const named = /^[^@<]+@sha256:/.test(text) ? parseImageReference(text) : null
    return named?.registry === registry && named.repository === repository ? [named] : []
  })
  return (digests.find((named) => named.digest === digest) ?? digests[0])?.normalised ?? null
}
