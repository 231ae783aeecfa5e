import { readFileSync, statSync } from 'node:fs'
import * as z from 'zod'
import type { Logger } from '../../src/ports/logger.ts'
import { errnoOf } from './disk-error.ts'
import { replaceFile } from './replace-file.ts'
import { runTool } from './run-tool.ts'

const holeSchema = z.object({ from: z.int().nonnegative(), to: z.int().nonnegative() })

/** Bytes of a file that were given back: `[from, to)`. */
export type Hole = z.output<typeof holeSchema>

export interface Holes {
  /** The hole of a file, or null. The same object as long as nothing changed, also by another process: two calls tell a reader whether it read across a change. */
  get(path: string): Hole | null
  /** Makes `[from, to)`, joined with the hole that it touches, the hole of a file. Resolves when the space is given back, or when it is known that it cannot be.
   * The note is on disk first: a reader may miss bytes that are still there, never take a hole for bytes. */
  punch(path: string, from: number, to: number): Promise<void>
}

/** Remembered holes: enough for the logs that are read at one time. A forgotten one is read again. */
const rememberedMax = 4_096

/** Holes in files, each noted in a file beside it (`<path>.hole`). */
export const createHoles = (logger: Logger): Holes => {
  const remembered = new Map<string, { readonly version: string; readonly hole: Hole | null }>()
  let isSupported = true

  const get = (path: string): Hole | null => {
    const stat = statSync(`${path}.hole`, { throwIfNoEntry: false, bigint: true })
    const version = stat ? `${stat.ino}.${stat.mtimeNs}` : ''
    const known = remembered.get(path)
    if (known?.version === version) return known.hole
    if (!stat && !known) return null
    const hole = stat ? readNote(`${path}.hole`) : null
    remembered.delete(path)
    remembered.set(path, { version, hole })
    if (remembered.size > rememberedMax) remembered.delete(remembered.keys().next().value!)
    return hole
  }

  return {
    get,
    async punch(path, from, to) {
      if (!isSupported) return
      const before = get(path)
      const hole = join(before, { from, to })
      if (hole === null || to <= from || to > hole.to) return
      if (hole !== before) await replaceFile(`${path}.hole`, `${JSON.stringify(hole)}\n`)
      try {
        await deallocate(path, hole) // all of it: a task that cut its log may have written where a hole was
      } catch (cause) {
        await replaceFile(`${path}.hole`, `${JSON.stringify(before ?? { from: 0, to: 0 })}\n`)
        if (!(cause instanceof NotSupported)) throw cause
        isSupported = false
        logger.warn({ path, cause: String(cause) }, 'log space cannot be given back here: logs above their cap keep all their bytes')
      }
    },
  }
}

/** The hole that covers both. One that does not touch the first is not made: a file has one hole, and bytes between would be lost unasked. */
const join = (before: Hole | null, added: Hole): Hole | null => {
  if (added.to <= added.from) return before
  if (before === null) return added
  if (added.from > before.to || added.to < before.from) return before
  if (added.from >= before.from && added.to <= before.to) return before
  return { from: Math.min(before.from, added.from), to: Math.max(before.to, added.to) }
}

const pageBytes = 4_096
const pageAt = (offset: number): number => offset - (offset % pageBytes)

/** Gives back the whole pages of `hole`. */
const deallocate = async (path: string, hole: Hole): Promise<void> => {
  const from = pageAt(hole.from + pageBytes - 1)
  const to = pageAt(hole.to)
  if (to <= from) return
  const args = ['--punch-hole', '--offset', String(from), '--length', String(to - from), path]
  const { code, stderr } = await runTool('fallocate', args, AbortSignal.timeout(60_000))
  if (code === null) throw new NotSupported('there is no fallocate here: install util-linux')
  if (stderr.includes('not supported')) throw new NotSupported(stderr)
  if (code !== 0) throw new Error(stderr)
}

/** Will be so for the next call too. */
class NotSupported extends Error {}

/** An empty hole (`from` = `to`) is none. A note that cannot be read is no reason to hide bytes. */
const readNote = (path: string): Hole | null => {
  try {
    const hole = holeSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
    return hole.from < hole.to ? hole : null
  } catch (cause) {
    if (errnoOf(cause) === 'EIO') throw cause
    return null
  }
}
