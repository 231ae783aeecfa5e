import { chown, mkdir, open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { RunnerError } from '../../../src/domain/errors.ts'
import { relativeParts } from '../below.ts'
import { errnoOf } from '../disk-error.ts'
import { bytesOf, writeBytes } from '../file-bytes.ts'
import { removeTree } from '../remove-tree.ts'
import { archiveDamaged, archiveRefused, shown, type ArchiveEntry } from './entry.ts'
import { isTar, readTar } from './tar.ts'
import { readZip } from './zip.ts'

export interface UnpackLimits {
  /** Of all that comes out of one archive. */
  readonly unpackedBytesMax: number
  /** Files and directories together. */
  readonly unpackedFilesMax: number
}

/** How many times its own size an archive may unpack to, once that is more than `ratioFromBytes`. Text packs to a twentieth, logs to a hundredth;
 * gzip ends at 1/1032, which only bombs come near. */
const ratioMax = 500
const ratioFromBytes = 64 << 20
/** Of a path inside an archive, in UTF-16 units, and of its parts. */
const [pathUnitsMax, partsMax] = [1_024, 64]

/** Unpacks a tar (plain, gzip, zstd) or zip, by its content, into a directory that it makes and that nobody but the runner can enter yet. Plain files and
 * directories alone, each once, modes 0600, 0700 for programs and directories, owned by `owner`: no path leads outside, and nothing is there to follow.
 * When it is refused, nothing of it stays.
 * @throws RunnerError `ARCHIVE_REFUSED`, `INPUT_TOO_LARGE`; a failed system call rejects as it is, EEXIST where the target is taken */
export const unpackArchive = async (
  archive: FileHandle,
  target: string,
  owner: { readonly uid: number; readonly gid: number } | null,
  limits: UnpackLimits,
  signal: AbortSignal,
): Promise<void> => {
  await mkdir(target, 0o700)
  try {
    const { size } = await archive.stat()
    const count = createCount(size, limits)
    const made = new Map<string, 'file' | 'directory'>([['', 'directory']])
    if (owner) await chown(target, owner.uid, owner.gid)
    const makeDirectories = async (parts: readonly string[]): Promise<void> => {
      for (let length = 1; length <= parts.length; length++) {
        const path = parts.slice(0, length).join('/')
        if (made.get(path) === 'directory') continue
        if (made.has(path)) throw twice(path)
        count.file()
        await mkdir(join(target, path), 0o700)
        if (owner) await chown(join(target, path), owner.uid, owner.gid)
        made.set(path, 'directory')
      }
    }
    for await (const entry of await entriesOf(archive, count.bytes, signal)) {
      signal.throwIfAborted()
      const parts = partsOf(entry)
      if (entry.kind === 'directory') {
        await makeDirectories(parts)
        continue
      }
      await makeDirectories(parts.slice(0, -1))
      const path = parts.join('/')
      if (made.has(path)) throw twice(path)
      count.file()
      made.set(path, 'file')
      await writeMember(join(target, path), entry, owner, signal)
    }
  } catch (cause) {
    await removeTree(target, new AbortController().signal)
    throw cause
  }
}

const writeMember = async (
  path: string,
  { isExecutable, bytes }: ArchiveEntry,
  owner: { readonly uid: number; readonly gid: number } | null,
  signal: AbortSignal,
): Promise<void> => {
  const file = await open(path, 'wx', isExecutable ? 0o700 : 0o600)
  try {
    await writeBytes(file, bytes, signal)
    if (owner) await file.chown(owner.uid, owner.gid)
  } finally {
    await file.close()
  }
}

const twice = (path: string): RunnerError => archiveRefused(`holds ${shown(path)} twice`, 'Pack each file once')

/** The way down from the target; empty for the target itself, which archives of a directory often name. */
const partsOf = ({ path, kind }: ArchiveEntry): readonly string[] => {
  if (kind === 'directory' && /^(\.\/*)+$/.test(path)) return []
  const parts = path.length > pathUnitsMax ? null : relativeParts(path)
  if (!parts || parts.length > partsMax || parts.some((part) => Buffer.byteLength(part) > 255 || part.includes('�')))
    throw archiveRefused(
      `holds the path ${shown(path)}, which leads outside or is no path here`,
      'Pack relative paths without ".." in UTF-8, at most 64 directories deep',
    )
  return parts
}

/** Bounds on what comes out of one archive. */
const createCount = (archiveBytes: number, { unpackedBytesMax, unpackedFilesMax }: UnpackLimits) => {
  let [bytes, files] = [0, 0]
  return {
    file() {
      if (++files > unpackedFilesMax)
        throw archiveRefused(`holds more than ${unpackedFilesMax} files`, 'Split it, or raise artifacts.unpacked_files_max')
    },
    bytes: async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        bytes += chunk.length
        if (bytes > unpackedBytesMax)
          throw new RunnerError('INPUT_TOO_LARGE', `the archive unpacks to more than ${unpackedBytesMax} bytes`, {
            hint: 'Split it, or raise artifacts.unpacked_bytes_max',
          })
        if (bytes > ratioFromBytes && bytes > archiveBytes * ratioMax)
          throw archiveRefused(`unpacks to more than ${ratioMax} times its size`, 'Pack it less tightly, or not at all')
        yield chunk
      }
    },
  }
}

type Bounded = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

/** The members of an archive, whatever kind its first bytes say it is. */
const entriesOf = async (archive: FileHandle, bounded: Bounded, signal: AbortSignal): Promise<AsyncIterable<ArchiveEntry>> => {
  const { buffer, bytesRead } = await archive.read(Buffer.alloc(512), 0, 512, 0)
  const head = buffer.subarray(0, bytesRead)
  const magic = head.toString('latin1', 0, 4)
  if (magic.startsWith('\x1f\x8b')) return readTar(bounded(decompressed(archive, createGunzip(), signal)))
  if (magic === '\x28\xb5\x2f\xfd') return readTar(bounded(decompressed(archive, createZstdDecompress(), signal)))
  if (magic === 'PK\x03\x04' || magic === 'PK\x05\x06') return boundedMembers(readZip(archive), bounded)
  if (isTar(head)) return readTar(bounded(bytesOf(archive, signal)))
  throw archiveRefused('is of no kind that is known here', 'Send a tar, a tar packed by gzip or zstd, or a zip')
}

const boundedMembers = async function* (entries: AsyncIterable<ArchiveEntry>, bounded: Bounded): AsyncGenerator<ArchiveEntry> {
  for await (const entry of entries) yield { ...entry, bytes: bounded(entry.bytes) }
}

const decompressed = async function* (
  archive: FileHandle,
  decompressor: ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* pipeline(bytesOf(archive, signal), decompressor, () => {}) as AsyncIterable<Uint8Array> // its errors come out of the iteration
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof RunnerError) throw cause
    throw archiveDamaged(errnoOf(cause) || String(cause), cause)
  }
}
