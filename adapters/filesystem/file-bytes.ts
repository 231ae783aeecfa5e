import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/** Of one read. Measured on ext4: below 128 KiB the calls cost more than the bytes, above 1 MiB nothing is won. */
const chunkBytes = 1 << 18
const zeros = Buffer.alloc(chunkBytes)

/** The first `bytesMax` bytes of a file, or fewer where it ends before. Rejects with the signal's reason soon after it aborts. */
export const bytesOf = async function* (
  file: FileHandle,
  signal: AbortSignal,
  bytesMax = Infinity,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = 0; position < bytesMax;) {
    signal.throwIfAborted()
    const buffer = Buffer.allocUnsafeSlow(chunkBytes)
    const { bytesRead } = await file.read(buffer, 0, Math.min(chunkBytes, bytesMax - position), position)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    position += bytesRead
  }
}

/** Writes bytes to an empty file and takes their checksum in the same pass, so that the checksum is of what was stored. Chunks of zeros are not written:
 * a sparse file stays sparse, and a few bytes that claim to be terabytes fill no disk. Rejects with the signal's reason soon after it aborts.
 * @param admit called with the size so far before it grows to that; throws to refuse */
export const writeBytes = async (
  file: FileHandle,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  admit: (sizeBytes: number) => void = () => {},
): Promise<{ readonly sizeBytes: number; readonly checksum: string }> => {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of bytes) {
    signal.throwIfAborted()
    admit(sizeBytes + chunk.length)
    hash.update(chunk)
    if (!isZeros(chunk)) await writeAll(file, chunk, sizeBytes)
    sizeBytes += chunk.length
  }
  signal.throwIfAborted()
  await file.truncate(sizeBytes)
  return { sizeBytes, checksum: `sha256:${hash.digest('hex')}` }
}

const isZeros = (chunk: Uint8Array): boolean =>
  chunk.length <= zeros.length && chunk[0] === 0 && zeros.compare(chunk, 0, chunk.length, 0, chunk.length) === 0

const writeAll = async (file: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let written = 0; written < bytes.length;)
    written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten
}
