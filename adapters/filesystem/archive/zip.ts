import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { fromFdPromise, type Entry, type ZipFile } from 'yauzl'
import { RunnerError } from '../../../src/domain/errors.ts'
import { archiveDamaged, archiveRefused, deviceRefused, linkRefused, shown, type ArchiveEntry } from './entry.ts'

/** Members of a zip file, in the order of its directory. Sizes and CRCs are verified while they are read. The file stays open.
 * @throws RunnerError `ARCHIVE_REFUSED` */
export const readZip = async function* (file: FileHandle): AsyncGenerator<ArchiveEntry, void, undefined> {
  try {
    const zip = await fromFdPromise(file.fd, { autoClose: false, strictFileNames: true })
    for await (const entry of zip.eachEntry()) {
      const kind = kindOf(entry)
      yield {
        path: entry.fileName,
        kind,
        isExecutable: (unixMode(entry) & 0o111) !== 0,
        bytes: kind === 'file' ? verified(zip, entry) : none(),
      }
    }
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause
    throw archiveDamaged(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

const none = async function* (): AsyncGenerator<Uint8Array> {}

/** Mode and type as Unix has them; 0 where another system made the member. */
const unixMode = (entry: Entry): number => (entry.versionMadeBy >>> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0)

const kindOf = (entry: Entry): 'file' | 'directory' => {
  switch (unixMode(entry) & 0o170000) {
    case 0: // not told
      return entry.fileName.endsWith('/') ? 'directory' : 'file'
    case 0o100000:
      return entry.fileName.endsWith('/') ? 'directory' : 'file'
    case 0o040000:
      return 'directory'
    case 0o120000:
      throw linkRefused(entry.fileName)
    default:
      throw deviceRefused(entry.fileName)
  }
}

const verified = async function* (zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  if (!entry.canDecodeFileData())
    throw archiveRefused(
      `holds ${shown(entry.fileName)}, which is ${entry.isEncrypted() ? 'encrypted' : 'packed by a method that is not known here'}`,
      'Pack it without a password, by "deflate"',
    )
  let crc = 0
  try {
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      crc = crc32(chunk, crc)
      yield chunk
    }
  } catch (cause) {
    throw archiveDamaged(cause instanceof Error ? cause.message : String(cause), cause)
  }
  if (crc !== entry.crc32) throw archiveDamaged(`the checksum of ${shown(entry.fileName)} is wrong`)
}
