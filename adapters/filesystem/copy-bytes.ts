import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

const bufferBytes = 1 << 20
const zeros = Buffer.alloc(bufferBytes)

/** Copies a file from its beginning and takes its checksum in the same pass, so that the checksum is of what was stored. Zeros are not written:
 * a sparse file stays sparse, and a few bytes that claim to be terabytes fill no disk. Rejects with the signal's reason soon after it aborts. */
export const copyBytes = async (
  source: FileHandle,
  target: FileHandle,
  signal: AbortSignal,
): Promise<{ readonly sizeBytes: number; readonly checksum: string }> => {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(bufferBytes)
  let sizeBytes = 0
  for (;;) {
    signal.throwIfAborted()
    const { bytesRead } = await source.read(buffer, 0, bufferBytes, sizeBytes)
    if (bytesRead === 0) break
    const bytes = buffer.subarray(0, bytesRead)
    hash.update(bytes)
    if (!bytes.equals(zeros.subarray(0, bytesRead))) await writeAll(target, bytes, sizeBytes)
    sizeBytes += bytesRead
  }
  await target.truncate(sizeBytes)
  return { sizeBytes, checksum: `sha256:${hash.digest('hex')}` }
}

const writeAll = async (target: FileHandle, bytes: Buffer, position: number): Promise<void> => {
  for (let written = 0; written < bytes.length;)
    written += (await target.write(bytes, written, bytes.length - written, position + written)).bytesWritten
}
