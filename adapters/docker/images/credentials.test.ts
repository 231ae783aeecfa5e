import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Logger } from '../../../src/ports/logger.ts'
import { createFileCredentials, secretsOf } from './credentials.ts'

let directory: string
let path: string
let warned: string[]
const logger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (fields, message) => void warned.push(`${message} ${JSON.stringify(fields)}`),
  error: () => {},
}
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const withAuths = (auths: object, more: object = {}): void => writeFileSync(path, JSON.stringify({ auths, ...more }))
const forRegistry = (registry: string) => createFileCredentials(path, logger).forRegistry(registry)

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'env-runner-credentials-'))
  path = join(directory, 'config.json')
  warned = []
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('registry credentials', () => {
  it('are read in each of their forms', async () => {
    withAuths({
      'a.example': { auth: base64('me:pass:word') },
      'b.example': { username: 'me', password: 'word' },
      'c.example': { auth: base64('<token>:'), identitytoken: 'token' },
      'd.example:5000': { auth: base64('me:word\0') },
    })
    expect(await forRegistry('a.example')).toEqual({ serveraddress: 'a.example', username: 'me', password: 'pass:word' })
    expect(await forRegistry('b.example')).toEqual({ serveraddress: 'b.example', username: 'me', password: 'word' })
    expect(await forRegistry('c.example')).toEqual({ serveraddress: 'c.example', username: '<token>', identitytoken: 'token' })
    expect(await forRegistry('d.example:5000')).toEqual({ serveraddress: 'd.example:5000', username: 'me', password: 'word' })
    expect(warned).toEqual([])
  })

  it('belong to one host with its port, in any spelling of it', async () => {
    withAuths({ 'https://A.example:5000/v2/': { username: 'me', password: 'word' } })
    expect(await forRegistry('a.example:5000')).toMatchObject({ username: 'me' })
    for (const other of ['a.example', 'a.example:5001', 'b.a.example:5000', 'a.example:50001', 'docker.io'])
      expect(await forRegistry(other)).toBeNull()
  })

  it.each(['https://index.docker.io/v1/', 'docker.io', 'index.docker.io', 'registry-1.docker.io'])(
    'of docker.io may be called %s',
    async (key) => {
      withAuths({ [key]: { username: 'me', password: 'word' } })
      expect(await forRegistry('docker.io')).toEqual({ serveraddress: 'https://index.docker.io/v1/', username: 'me', password: 'word' })
    },
  )

  it('are read anew each time', async () => {
    const credentials = createFileCredentials(path, logger)
    expect(await credentials.forRegistry('a.example')).toBeNull()
    withAuths({ 'a.example': { username: 'me', password: 'new' } })
    expect(await credentials.forRegistry('a.example')).toMatchObject({ password: 'new' })
  })

  it('are none without a file, and nobody is warned', async () => {
    expect(await forRegistry('a.example')).toBeNull()
    expect(await createFileCredentials(null, logger).forRegistry('a.example')).toBeNull()
    expect(warned).toEqual([])
  })

  it.each(['{"auths": {"a.example": {"auth": "hush"', '["hush"]', '{"auths": {"a.example": {"password": ["hush"]}}}', 'hush'])(
    'are none in a damaged file, with a warning that does not quote it: %s',
    async (text) => {
      writeFileSync(path, text)
      expect(await forRegistry('a.example')).toBeNull()
      expect(warned).toEqual([expect.stringContaining(path)])
      expect(warned[0]).not.toContain('hush')
    },
  )

  it.skipIf(process.getuid!() === 0)('are none in a file that may not be read, with a warning', async () => {
    withAuths({})
    chmodSync(path, 0)
    expect(await forRegistry('a.example')).toBeNull()
    expect(warned).toEqual([expect.stringContaining('EACCES')])
  })

  it('are none where a directory stands, with a warning', async () => {
    path = directory
    expect(await forRegistry('a.example')).toBeNull()
    expect(warned).toEqual([expect.stringContaining('EISDIR')])
  })

  it('say that a helper is not run, and that an entry holds nothing', async () => {
    withAuths({ 'a.example': {}, 'b.example': { auth: 'not base64 of anything' } }, { credHelpers: { 'c.example': 'ecr-login' } })
    for (const registry of ['a.example', 'b.example', 'c.example', 'd.example']) expect(await forRegistry(registry)).toBeNull()
    expect(warned).toEqual([
      expect.stringContaining('cannot be read'),
      expect.stringContaining('cannot be read'),
      expect.stringContaining('helper'),
    ])
  })
})

it('names as secrets what is one, in the spelling of URLs too', () => {
  expect(secretsOf(null)).toEqual([])
  expect(secretsOf({ serveraddress: 'a', username: 'me', password: 'a b' })).toEqual(['a b', 'a%20b'])
  expect(secretsOf({ serveraddress: 'a', identitytoken: 't' })).toEqual(['t', 't'])
})
