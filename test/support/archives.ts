import { crc32, deflateRawSync } from 'node:zlib'

export interface Member {
  readonly path: string
  readonly content?: string | Buffer
  /** As in the header: `0` a file, `1` a hard link, `2` a symbolic link, `3` and `4` devices, `5` a directory, `6` a FIFO, `x` and `g` pax, `L` and `K` GNU. */
  readonly type?: string
  readonly mode?: number
  readonly linkTo?: string
  /** What the header says, where that is not the truth. */
  readonly sizeBytes?: number
}

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`

const tarMember = ({ path, content = '', type = '0', mode = 0o644, linkTo = '', sizeBytes }: Member): Buffer => {
  const bytes = Buffer.from(content)
  const header = Buffer.alloc(512)
  header.write(path, 0)
  header.write(octal(mode, 8), 100)
  header.write(octal(0, 8), 108)
  header.write(octal(0, 8), 116)
  header.write(octal(sizeBytes ?? bytes.length, 12), 124)
  header.write(octal(0, 12), 136)
  header.write(' '.repeat(8), 148)
  header.write(type, 156, 'latin1')
  header.write(linkTo, 157)
  header.write('ustar\x0000', 257, 'latin1')
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte),
      7,
    )} `,
    148,
  )
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}

/** A tar of whatever members, also of those that no tar program makes. */
export const tarOf = (...members: readonly Member[]): Buffer => Buffer.concat([...members.map(tarMember), Buffer.alloc(1_024)])

/** A record of a pax header. */
export const paxRecord = (name: string, value: string): string => {
  const rest = ` ${name}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (String(length).length + Buffer.byteLength(rest) !== length) length = String(length).length + Buffer.byteLength(rest)
  return `${length}${rest}`
}

export interface ZipMember {
  readonly path: string
  readonly content?: string | Buffer
  /** Type and mode as Unix has them. */
  readonly unixMode?: number
  /** What the directory says, where that is not the truth. */
  readonly crc?: number
  readonly sizeBytes?: number
  readonly flags?: number
}

/** A zip of whatever members. */
export const zipOf = (...members: readonly ZipMember[]): Buffer => {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { path, content = '', unixMode = 0o100644, crc, sizeBytes, flags = 0x800 } of members) {
    const [bytes, name] = [Buffer.from(content), Buffer.from(path)]
    const packed = deflateRawSync(bytes)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(flags, 2)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc ?? crc32(bytes), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(sizeBytes ?? bytes.length, 18)
    common.writeUInt16LE(name.length, 22)
    const file = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE((unixMode << 16) >>> 0, 6)
    tail.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, tail, name]))
    files.push(file)
    offset += file.length
  }
  const end = Buffer.alloc(18)
  const all = Buffer.concat(directory)
  end.writeUInt16LE(members.length, 4)
  end.writeUInt16LE(members.length, 6)
  end.writeUInt32LE(all.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...files, all, Buffer.from('PK\x05\x06'), end])
}
