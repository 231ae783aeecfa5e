import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import type { Logger } from '../../../src/ports/logger.ts'
import { replaceFile } from '../../filesystem/replace-file.ts'

const pulledSchema = z.object({
  id: z.string(),
  /** Under which names we pulled it, normalised, its digest's included. */
  references: z.array(z.string()),
  /** Unix milliseconds. */
  lastUsedAt: z.number(),
  sizeBytes: z.number(),
})
const recordSchema = z.object({ version: z.literal(1), images: z.array(pulledSchema) })

/** An image that this runner brought to the host, and may take away again. */
export type PulledImage = z.output<typeof pulledSchema>

/** The images that this runner pulled, in a file that outlives it. A lost file costs nothing but room: images that nobody remembers are never removed. */
export interface ImageRecord {
  all(): readonly PulledImage[]
  get(id: string): PulledImage | undefined
  set(image: PulledImage): void
  delete(id: string): void
  /** Writes the file, if something changed. Never rejects: what cannot be written is logged. */
  save(): Promise<void>
}

export const openImageRecord = async (path: string, logger: Logger): Promise<ImageRecord> => {
  const images = new Map((await readRecord(path, logger)).map((image) => [image.id, image]))
  let isDirty = false
  let saved = Promise.resolve()
  const write = async (): Promise<void> => {
    if (!isDirty) return
    isDirty = false
    try {
      await replaceFile(path, `${JSON.stringify({ version: 1, images: [...images.values()] })}\n`)
    } catch (cause) {
      isDirty = true
      logger.warn({ path, err: cause }, 'the record of pulled images cannot be written')
    }
  }
  return {
    all: () => [...images.values()],
    get: (id) => images.get(id),
    set(image) {
      images.set(image.id, image)
      isDirty = true
    },
    delete(id) {
      isDirty = images.delete(id) || isDirty
    },
    save: () => (saved = saved.then(write)),
  }
}

const readRecord = async (path: string, logger: Logger): Promise<readonly PulledImage[]> => {
  try {
    return recordSchema.parse(JSON.parse(await readFile(path, 'utf8'))).images
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'))
      logger.warn({ path, err: cause }, 'the record of pulled images cannot be read; those images stay')
    return []
  }
}
