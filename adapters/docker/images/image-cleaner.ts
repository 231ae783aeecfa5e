import type { Logger } from '../../../src/ports/logger.ts'
import type { ImageCalls } from './image-calls.ts'
import type { ImageRecord, PulledImage } from './image-record.ts'

/** Use of the file system that holds the engine's images, in percent. */
export interface DiskWatermark {
  /** Above it images are removed; 100: never. */
  readonly highPercent: number
  /** Until the use is no more than this. */
  readonly lowPercent: number
  /** Null: nobody knows. */
  usage(): Promise<number | null>
}

export interface CleanerOptions {
  readonly engine: ImageCalls
  readonly record: Promise<ImageRecord>
  readonly disk: DiskWatermark
  readonly logger: Logger
  /** Asked right before an image is touched. */
  isLeased(image: PulledImage): boolean
}

/** Removes images that this runner pulled, least recently used first, while the disk is too full: never one that is leased or that a container uses, and
 * never a name that others gave. */
export const createImageCleaner = ({ engine, record: opening, disk, logger, isLeased }: CleanerOptions) => {
  const stop = new AbortController()
  let sweeping: Promise<void> | null = null
  let removing: Promise<unknown> = Promise.resolve()

  /** A name that means another image by now is no longer ours. */
  const removeName = async (image: PulledImage, reference: string): Promise<'gone' | 'inUse'> => {
    const found = await engine.inspect(reference, stop.signal)
    if (found?.Id !== image.id) return 'gone'
    return (await engine.untag(reference, stop.signal)) === 'inUse' ? 'inUse' : 'gone'
  }

  const remove = async (record: ImageRecord, image: PulledImage): Promise<void> => {
    let left = image.references
    for (const reference of image.references) {
      if ((await removeName(image, reference)) === 'inUse') break
      left = left.filter((name) => name !== reference)
      record.set({ ...image, references: left })
    }
    if (left.length > 0) return logger.debug({ image: image.id }, 'an image is in use and stays')
    record.delete(image.id)
    logger.info({ image: image.id, references: image.references, sizeBytes: image.sizeBytes }, 'an image was removed to make room')
  }

  const isAbove = async (percent: number): Promise<boolean> => ((await disk.usage()) ?? 0) > percent

  const sweep = async (): Promise<void> => {
    if (!(await isAbove(disk.highPercent))) return
    const record = await opening
    const inUse = await engine.idsInUse(stop.signal)
    const candidates = record.all().toSorted((a, b) => a.lastUsedAt - b.lastUsedAt)
    for (const { id } of candidates) {
      if (stop.signal.aborted || !(await isAbove(disk.lowPercent))) break
      const image = record.get(id)
      if (!image || inUse.has(id) || isLeased(image)) continue
      const removal = remove(record, image)
      removing = removal.catch(() => {})
      await removal
    }
    await record.save()
  }

  const safely = (): Promise<void> =>
    sweep().catch((cause: unknown) => {
      if (!stop.signal.aborted) logger.warn({ err: cause }, 'images could not be removed to make room')
    })

  return {
    /** Removes what there is to remove; joins a removal that goes on already. Never rejects. */
    sweep: (): Promise<void> => (sweeping ??= safely().finally(() => (sweeping = null))),
    /** Resolves when the image that is being removed now is gone: until then, what the engine says about it may not last. */
    settled: async (): Promise<void> => void (await removing),
    async close(): Promise<void> {
      stop.abort()
      await sweeping
    },
  }
}
