import { createByteReader, type ByteReader } from './byte-reader.ts'
import { archiveDamaged, archiveRefused, deviceRefused, linkRefused, type ArchiveEntry } from './entry.ts'

const blockBytes = 512
/** Largest extended header that is read: names and numbers of one member, or of all. Readers that take any length hold it in memory. */
const extendedBytesMax = 1 << 20

interface Header {
  readonly path: string
  readonly mode: number
  readonly sizeBytes: number
  readonly type: string
}

/** Members of a tar stream: ustar with the extensions of POSIX (pax) and GNU for long names and large files. Strict: a wrong checksum, a member cut short,
 * an end without its mark, links, devices and sparse files are refused.
 * @throws RunnerError `ARCHIVE_REFUSED` */
export const readTar = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<ArchiveEntry, void, undefined> {
  const reader = createByteReader(source)
  let global: ReadonlyMap<string, string> = new Map()
  let own: ReadonlyMap<string, string> = new Map()
  for (;;) {
    const block = await reader.take(blockBytes)
    if (block.length < blockBytes) throw archiveDamaged('it ends without an end mark')
    if (block.every((byte) => byte === 0)) return reader.drain() // to its end, so that a compressed stream is checked to its end
    const header = parseHeader(block)
    switch (header.type) {
      case 'g':
        global = new Map([...global, ...parsePax(await takeExtended(reader, header))])
        continue
      case 'x':
        own = new Map([...own, ...parsePax(await takeExtended(reader, header))])
        continue
      case 'L':
        own = new Map([...own, ['path', text(await takeExtended(reader, header))]])
        continue
      case 'K': // the long target of a link, which comes next and is refused
        await takeExtended(reader, header)
        continue
    }
    yield* member(reader, header, new Map([...global, ...own]))
    own = new Map()
  }
}

const member = async function* (reader: ByteReader, header: Header, pax: ReadonlyMap<string, string>): AsyncGenerator<ArchiveEntry> {
  const path = pax.get('path') ?? header.path
  const sizeBytes = pax.has('size') ? decimal(pax.get('size')!) : header.sizeBytes
  if ([...pax.keys()].some((name) => name.startsWith('GNU.sparse.')) || header.type === 'S')
    throw archiveRefused('holds a sparse file', 'Pack it without --sparse')
  if (header.type === '1' || header.type === '2') throw linkRefused(path)
  if (header.type === '3' || header.type === '4' || header.type === '6') throw deviceRefused(path)
  if (!['0', '\0', '7', '5'].includes(header.type))
    throw archiveRefused(`holds a member of type ${JSON.stringify(header.type)}`, 'Pack files and directories alone')
  const isDirectory = header.type === '5' || (header.type !== '7' && path.endsWith('/'))
  if (isDirectory && sizeBytes > 0) throw archiveDamaged('a directory has content')
  let given = 0
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of reader.pass(sizeBytes - given)) {
      given += piece.length
      yield piece
    }
  }
  yield { path, kind: isDirectory ? 'directory' : 'file', isExecutable: (header.mode & 0o111) !== 0, bytes: bytes() }
  if (given < sizeBytes) throw archiveDamaged('a member is cut short')
  await reader.take(padding(sizeBytes))
}

const padding = (sizeBytes: number): number => (blockBytes - (sizeBytes % blockBytes)) % blockBytes

/** Whether these are the first bytes of a tar. */
export const isTar = (head: Buffer): boolean => head.length >= blockBytes && hasChecksum(head.subarray(0, blockBytes))

const parseHeader = (block: Buffer): Header => {
  if (!hasChecksum(block)) throw archiveDamaged('the checksum of a header is wrong')
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block.subarray(345, 500)) : '' // GNU has other fields there
  const name = text(block.subarray(0, 100))
  return {
    path: prefix ? `${prefix}/${name}` : name,
    mode: number(block.subarray(100, 108)),
    sizeBytes: number(block.subarray(124, 136)),
    type: block.toString('latin1', 156, 157),
  }
}

/** The sum of a header's bytes, its own field as spaces. */
const hasChecksum = (block: Buffer): boolean => {
  let sum = 8 * 0x20
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte
  return /[0-7]/.test(block.toString('latin1', 148, 156)) && number(block.subarray(148, 156)) === sum
}

/** Octal text; or, with the first bit set, the GNU form: a big-endian binary number. */
const number = (field: Buffer): number => {
  if (field[0]! & 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, field[0]! & 0x7f)
    if (field[0] === 0xff || !Number.isSafeInteger(value)) throw archiveDamaged('a number is out of range')
    return value
  }
  const digits = field.toString('latin1').replace(/^[ \0]+/, '').replace(/[ \0].*$/s, '') // prettier-ignore
  if (!/^[0-7]*$/.test(digits)) throw archiveDamaged('a number is none')
  return digits === '' ? 0 : parseInt(digits, 8)
}

const decimal = (digits: string): number => {
  const value = Number(digits)
  if (!/^\d{1,16}$/.test(digits) || !Number.isSafeInteger(value)) throw archiveDamaged('a number is none')
  return value
}

const takeExtended = async (reader: ByteReader, { sizeBytes }: Header): Promise<Buffer> => {
  if (sizeBytes > extendedBytesMax) throw archiveRefused(`has an extended header of ${sizeBytes} bytes`, 'Pack it with an ordinary tar')
  const bytes = await reader.take(sizeBytes)
  if (bytes.length < sizeBytes) throw archiveDamaged('an extended header is cut short')
  await reader.take(padding(sizeBytes))
  return bytes
}

/** `LENGTH KEYWORD=VALUE\n`, again and again; LENGTH counts all of it in bytes. */
const parsePax = (bytes: Buffer): ReadonlyMap<string, string> => {
  const records = new Map<string, string>()
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at)
    const length = space < 0 ? 0 : decimal(bytes.toString('latin1', at, Math.min(space, at + 17)))
    const record = bytes.subarray(space + 1, at + length)
    const equals = record.indexOf(0x3d)
    if (length === 0 || at + length > bytes.length || equals < 1 || record.at(-1) !== 0x0a)
      throw archiveDamaged('an extended header is none')
    records.set(record.toString('utf8', 0, equals), record.toString('utf8', equals + 1, record.length - 1))
    at += length
  }
  return records
}

const text = (field: Buffer): string => {
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? field.length : end)
}
