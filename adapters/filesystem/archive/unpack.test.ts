import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { paxRecord, tarOf, zipOf, type Member, type ZipMember } from '../../../test/support/archives.ts'
import { unpackArchive, type UnpackLimits } from './unpack.ts'

const { signal } = new AbortController()
const ample: UnpackLimits = { unpackedBytesMax: 1 << 30, unpackedFilesMax: 1_000 }
let root: string
beforeEach(() => {
  root = mkdtempSync(join(realpathSync(tmpdir()), 'env-runner-unpack-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const target = (...parts: string[]): string => join(root, 'target', ...parts)
const unpack = async (archive: Buffer, limits = ample, abort = signal): Promise<void> => {
  writeFileSync(join(root, 'archive'), archive)
  const file = await open(join(root, 'archive'))
  try {
    await unpackArchive(file, target(), null, limits, abort)
  } finally {
    await file.close()
  }
}
const tree = (): string[] => readdirSync(target(), { recursive: true, encoding: 'utf8' }).sort()

const members: readonly Member[] = [
  { path: './', type: '5' },
  { path: './bin/tool', content: '#!/bin/sh\n', mode: 0o6755 },
  { path: 'data/a.csv', content: 'a,b\n' },
  { path: 'empty/', type: '5' },
]
const zipMembers: readonly ZipMember[] = [
  { path: 'bin/tool', content: '#!/bin/sh\n', unixMode: 0o106755 },
  { path: 'data/a.csv', content: 'a,b\n' },
  { path: 'empty/', unixMode: 0o040755 },
]
const kinds: Readonly<Record<string, Buffer>> = {
  'a tar': tarOf(...members),
  'a tar packed by gzip': gzipSync(tarOf(...members)),
  'a tar packed by zstd': zstdCompressSync(tarOf(...members)),
  'a zip': zipOf(...zipMembers),
}

describe('unpacking', () => {
  for (const [kind, archive] of Object.entries(kinds))
    it(`takes ${kind}, and leaves marks of rank behind`, async () => {
      await unpack(archive)
      expect(tree()).toEqual(['bin', 'bin/tool', 'data', 'data/a.csv', 'empty'])
      expect(readFileSync(target('data/a.csv'), 'utf8')).toBe('a,b\n')
      expect([target('bin/tool'), target('data/a.csv'), target('empty')].map((path) => statSync(path).mode & 0o7777)).toEqual([
        0o700, 0o600, 0o700,
      ])
    })
  for (const format of ['gnu', 'pax', 'ustar', 'v7'])
    it(`takes what tar --format=${format} makes`, async () => {
      const long = `${'d'.repeat(60)}/${'f'.repeat(format === 'v7' ? 30 : 90)}`
      mkdirSync(join(root, 'source', 'd'.repeat(60)), { recursive: true })
      writeFileSync(join(root, 'source', long), Buffer.alloc(300_000, 'x'))
      await unpack(execFileSync('tar', [`--format=${format}`, '-C', join(root, 'source'), '-cf', '-', '.']))
      expect(readFileSync(target(long)).equals(Buffer.alloc(300_000, 'x'))).toBe(true)
    })
  it('takes names that only an extended header can hold', async () => {
    const path = `${'ü'.repeat(100)}/name`
    await unpack(
      tarOf({ path: 'pax', type: 'x', content: paxRecord('path', path) + paxRecord('mtime', '1.5') }, { path: 'short', content: 'x' }),
    )
    expect(readFileSync(target(path), 'utf8')).toBe('x')
  })
  it('rejects soon after it is aborted, and leaves nothing', async () => {
    await expect(unpack(tarOf(...members), ample, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
    expect(existsSync(target())).toBe(false)
  })
  it('leaves a target alone that is there', async () => {
    mkdirSync(target())
    writeFileSync(target('kept'), '')
    await expect(unpack(tarOf(...members))).rejects.toMatchObject({ code: 'EEXIST' })
    expect(tree()).toEqual(['kept'])
  })
})

const evil: Readonly<Record<string, Buffer>> = {
  'a symbolic link': tarOf({ path: 'a', type: '2', linkTo: '/etc/shadow' }),
  'a symbolic link, then a file through it': tarOf({ path: 'a', type: '2', linkTo: '/tmp' }, { path: 'a/b', content: 'x' }),
  'a hard link': tarOf({ path: 'a', type: '1', linkTo: '/etc/shadow' }),
  'a hard link with a long target': tarOf({ path: 'k', type: 'K', content: '/'.repeat(300) }, { path: 'a', type: '1' }),
  'a character device': tarOf({ path: 'null', type: '3' }),
  'a block device': tarOf({ path: 'sda', type: '4' }),
  'a FIFO': tarOf({ path: 'pipe', type: '6' }),
  'an absolute path': tarOf({ path: '/etc/cron.d/x', content: 'x' }),
  'a way out': tarOf({ path: '../x', content: 'x' }),
  'a way out, in the middle': tarOf({ path: 'a/../../x', content: 'x' }),
  'a way out in an extended header': tarOf({ path: 'x', type: 'x', content: paxRecord('path', '../x') }, { path: 'ok', content: 'x' }),
  'a way out in a GNU long name': tarOf({ path: 'x', type: 'L', content: '../../x\0' }, { path: 'ok', content: 'x' }),
  'a way out for all by a global header': tarOf(
    { path: 'g', type: 'g', content: paxRecord('path', '/etc/x') },
    { path: 'ok', content: 'x' },
  ),
  'a directory outside': tarOf({ path: '../d/', type: '5' }),
  'a file twice': tarOf({ path: 'a', content: '1' }, { path: './a', content: '2' }),
  'a file where a directory is': tarOf({ path: 'a/b', content: '1' }, { path: 'a', content: '2' }),
  'a directory where a file is': tarOf({ path: 'a', content: '1' }, { path: 'a/b', content: '2' }),
  'a NUL in a name': tarOf({ path: 'x', type: 'x', content: paxRecord('path', 'a\0b') }, { path: 'ok' }),
  'a name that is no UTF-8': tarOf({ path: 'x', type: 'L', content: Buffer.from([0x61, 0xff, 0]) }, { path: 'ok' }),
  'a name longer than any': tarOf({ path: 'x', type: 'L', content: 'n'.repeat(300) }, { path: 'ok' }),
  'a path deeper than any': tarOf({ path: 'x', type: 'L', content: `${'d/'.repeat(100)}f` }, { path: 'ok' }),
  'a sparse file': tarOf({ path: 'a', type: 'S' }),
  'a sparse file by extended header': tarOf({ path: 'x', type: 'x', content: paxRecord('GNU.sparse.major', '1') }, { path: 'a' }),
  'a member of another kind': tarOf({ path: 'a', type: 'V' }),
  'an extended header of gigabytes': tarOf({ path: 'x', type: 'x', sizeBytes: 2 ** 32 }),
  'an extended header that is none': tarOf({ path: 'x', type: 'x', content: '999 path=a\n' }, { path: 'a' }),
  'an extended header of length 0': tarOf({ path: 'x', type: 'x', content: '0 path=a\n' }, { path: 'a' }),
  'a size below nothing': tarOf({ path: 'x', type: 'x', content: paxRecord('size', '-1') }, { path: 'a' }),
  'a member that is cut short': tarOf({ path: 'a', content: 'x', sizeBytes: 1 << 20 }),
  'no end mark': tarOf({ path: 'a', content: 'x' }).subarray(0, 1_024),
  'a wrong header': Buffer.concat([tarOf({ path: 'a', content: 'x' }).subarray(0, 1_024), Buffer.alloc(512, 'x')]),
  'a gzip that is cut short': gzipSync(tarOf(...members)).subarray(0, 100),
  'a gzip with a wrong checksum': (() => {
    const bytes = gzipSync(tarOf(...members))
    bytes.writeUInt32LE(1, bytes.length - 8)
    return bytes
  })(),
  'a zstd that is cut short': zstdCompressSync(tarOf(...members)).subarray(0, 60),
  'a gzip of no tar': gzipSync('hello '.repeat(1_000)),
  nothing: Buffer.alloc(0),
  'a text': Buffer.from('hello '.repeat(1_000)),
  'a symbolic link in a zip': zipOf({ path: 'a', content: '/etc/shadow', unixMode: 0o120777 }),
  'a device in a zip': zipOf({ path: 'a', unixMode: 0o020666 }),
  'a FIFO in a zip': zipOf({ path: 'a', unixMode: 0o010666 }),
  'a way out of a zip': zipOf({ path: '../x', content: 'x' }),
  'an absolute path in a zip': zipOf({ path: '/x', content: 'x' }),
  'a way out of a zip in the manner of Windows': zipOf({ path: '..\\x', content: 'x' }),
  'a wrong checksum in a zip': zipOf({ path: 'a', content: 'x', crc: 1 }),
  'a zip that tells other sizes than it has': zipOf({ path: 'a', content: 'x'.repeat(1_000), sizeBytes: 10 }),
  'an encrypted zip': zipOf({ path: 'a', content: 'x', flags: 0x801 }),
  'a zip that is cut short': zipOf(...zipMembers).subarray(0, 100),
}

describe('refuses, and leaves nothing of', () => {
  for (const [what, archive] of Object.entries(evil))
    it(what, async () => {
      await expect(unpack(archive)).rejects.toMatchObject({
        code: 'ARCHIVE_REFUSED',
        message: expect.stringMatching(/^the archive /),
        hint: expect.stringMatching(/./),
      })
      expect(readdirSync(root)).toEqual(['archive'])
    })
  const bombs: readonly (readonly [what: string, archive: () => Buffer, code: string])[] = [
    ['more bytes than are allowed', () => tarOf({ path: 'a', content: Buffer.alloc(3 << 20, 'x') }), 'INPUT_TOO_LARGE'],
    ['more bytes than are allowed, packed', () => gzipSync(tarOf({ path: 'a', content: Buffer.alloc(3 << 20, 'x') })), 'INPUT_TOO_LARGE'],
    ['more bytes than are allowed in a zip', () => zipOf({ path: 'a', content: Buffer.alloc(3 << 20, 'x') }), 'INPUT_TOO_LARGE'],
    ['more bytes after the end mark', () => gzipSync(Buffer.concat([tarOf(), Buffer.alloc(3 << 20)])), 'INPUT_TOO_LARGE'],
    ['more files than are allowed', () => tarOf(...Array.from({ length: 51 }, (_, index) => ({ path: `f${index}` }))), 'ARCHIVE_REFUSED'],
    ['more directories than are allowed, not named', () => zipOf({ path: `${'d/'.repeat(51)}f` }), 'ARCHIVE_REFUSED'],
  ]
  for (const [what, archive, code] of bombs)
    it(what, async () => {
      await expect(unpack(archive(), { unpackedBytesMax: 2 << 20, unpackedFilesMax: 50 })).rejects.toMatchObject({ code })
      expect(readdirSync(root)).toEqual(['archive'])
    })
  it('what unpacks to hundreds of times its size', async () => {
    const bomb = zstdCompressSync(tarOf({ path: 'a', content: Buffer.alloc(100 << 20) }))
    await expect(unpack(bomb)).rejects.toMatchObject({ code: 'ARCHIVE_REFUSED', message: expect.stringContaining('times its size') })
  })
})
