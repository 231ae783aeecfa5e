import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../../src/ports/clock.ts'

export interface RotatingFileOptions {
  /** The file that is written; older ones are `path.1`, the youngest of them, `path.2` … Its directory exists when `open` is called. */
  readonly path: string
  /** A file that would grow beyond this is put aside first; one line longer than it has a file of its own. */
  readonly bytesMax: number
  /** So is one that was begun longer ago, in milliseconds. */
  readonly ageMsMax: number
  /** Files in all, the one that is written included; at least 1. */
  readonly filesMax: number
  readonly clock: Clock
  /** Told when lines had to be dropped, once they can be written again. */
  readonly onLost: (lines: number) => void
  /** Told when writing begins to fail; the file is tried again until it goes well. */
  readonly onTrouble: (cause: unknown) => void
}

/** Lines appended to a file that is put aside by size and age. It never throws and never waits: while the disk is full or slow it holds
 * some, drops the rest, and goes on by itself. One process writes it. Mode 0600. */
export interface RotatingFile {
  /** Takes a line that ends with a newline. */
  write(line: string): void
  /** Begins to write, with what was taken before. Idempotent. */
  open(): void
  /** Resolves when what was taken is written, or cannot be. Idempotent. */
  close(): Promise<void>
}

/** Held for a disk that does not keep up, in UTF-16 units; what does not fit is dropped. */
const heldUnitsMax = 4 * 2 ** 20
/** Pause before a file that could not be written is tried again, in milliseconds. */
const againMs = 1_000

export const createRotatingFile = (options: RotatingFileOptions): RotatingFile => {
  const { path, bytesMax, ageMsMax, filesMax, clock, onLost, onTrouble } = options
  let held: string[] = []
  let [heldUnits, lost] = [0, 0]
  let file: { readonly handle: FileHandle; size: number; readonly begunAt: number } | null = null
  let [isOpen, closing, inTrouble] = [false, false, false]
  let pumping: Promise<void> | null = null
  let cancelPause: (() => void) | null = null

  const openFile = async () => {
    const handle = await open(path, 'a', 0o600)
    const { size, birthtimeMs } = await handle.stat()
    return (file = { handle, size, begunAt: size === 0 || birthtimeMs === 0 ? clock.now() : birthtimeMs })
  }

  /** Files beyond the last that is kept go, those of a time with more of them too. */
  const putAside = async (): Promise<void> => {
    await file?.handle.close()
    file = null
    const name = basename(path)
    const numbers = (await readdir(dirname(path)))
      .map((entry) => (entry.startsWith(`${name}.`) ? Number(entry.slice(name.length + 1)) : NaN))
      .filter((number) => Number.isInteger(number) && number > 0)
    for (const number of numbers.sort((a, b) => b - a))
      if (number >= filesMax - 1) await rm(join(dirname(path), `${name}.${number}`), { force: true })
      else await rename(`${path}.${number}`, `${path}.${number + 1}`)
    if (filesMax === 1) await rm(path, { force: true })
    else await rename(path, `${path}.1`)
  }

  /** As many of the lines that are held as fit into the file, at least one. */
  const takeBatch = (room: number): { text: Buffer; lines: number } => {
    let [bytes, lines] = [0, 0]
    for (const line of held) {
      const size = Buffer.byteLength(line)
      if (lines > 0 && bytes + size > room) break
      bytes += size
      lines++
    }
    return { text: Buffer.from(held.slice(0, lines).join('')), lines }
  }

  const writeBatch = async (): Promise<void> => {
    let current = file ?? (await openFile())
    const isOld = (): boolean => clock.now() - current.begunAt >= ageMsMax
    if (current.size > 0 && (current.size + Buffer.byteLength(held[0]!) > bytesMax || isOld())) {
      await putAside()
      current = await openFile()
    }
    const { text, lines } = takeBatch(bytesMax - current.size)
    try {
      await current.handle.appendFile(text)
    } catch (cause) {
      await current.handle.truncate(current.size).catch(() => undefined) // no half line stays: the batch is written again as a whole
      throw cause
    }
    current.size += text.length
    for (const line of held.splice(0, lines)) heldUnits -= line.length
  }

  const pump = async (): Promise<void> => {
    while (held.length > 0) {
      try {
        await writeBatch()
      } catch (cause) {
        await file?.handle.close().catch(() => undefined)
        file = null // whatever became of it is looked at anew
        if (!inTrouble) onTrouble(cause)
        inTrouble = true
        if (closing) return
        cancelPause = clock.timer(againMs, start)
        return
      }
      inTrouble = false
      if (lost > 0) {
        const lines = lost
        lost = 0
        onLost(lines)
      }
    }
  }

  const start = (): void => {
    cancelPause?.()
    cancelPause = null
    pumping ??= pump().finally(() => {
      pumping = null
      if (held.length > 0 && cancelPause === null && !closing) start()
    })
  }

  const close = async (): Promise<void> => {
    await pumping
    closing = true
    cancelPause?.()
    if (isOpen) await pump()
    await file?.handle.close().catch(() => undefined)
    held = []
  }
  let ending: Promise<void> | null = null

  return {
    write(line) {
      if (closing || heldUnits + line.length > heldUnitsMax) return void lost++
      held.push(line)
      heldUnits += line.length
      if (isOpen && cancelPause === null) start()
    },
    open() {
      if (isOpen || closing) return
      isOpen = true
      if (held.length > 0) start()
    },
    close: () => (ending ??= close()),
  }
}
