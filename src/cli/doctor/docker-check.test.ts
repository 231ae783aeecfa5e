import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../config/schema.ts'
import { checkDocker } from './docker-check.ts'

const info = { ServerVersion: '27.1', Driver: 'overlay2', OSType: 'linux', CgroupVersion: '2', InitBinary: 'docker-init' }

/** An engine in words: what it answers to a method and path without its version and query. */
type Answers = Readonly<Record<string, readonly [status: number, body: unknown]>>

describe('an engine that answers', () => {
  let directory: string
  let server: Server
  let answers: Answers
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'er-doctor-'))
    server = createServer((request, response) => {
      const key = `${request.method} ${request.url!.replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')}`
      const [status, body] = answers[key] ?? [404, { message: `nothing at ${key}` }]
      request.resume().on('end', () => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)))
    })
    await new Promise<void>((resolve) => void server.listen(join(directory, 'sock'), resolve))
  })
  afterEach(() => {
    server.close()
    rmSync(directory, { recursive: true })
  })
  const check = () =>
    checkDocker({ data_dir: directory, docker: { enabled: true, host: `unix://${join(directory, 'sock')}` } } as Config, {})
  const engine = (facts: object, more: Answers = {}): Answers => ({
    'GET /info': [200, { ...info, ...facts }],
    'GET /images/json': [200, [{ Id: 'sha256:1' }]],
    'POST /containers/create': [201, { Id: 'c1' }],
    'DELETE /containers/c1': [204, undefined],
    ...more,
  })

  it('is described, and everything is well', async () => {
    answers = engine({ LiveRestoreEnabled: true })
    const checks = await check()
    expect(checks.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(checks[0]!.message).toContain('27.1 answers')
    expect(checks[0]!.message).toContain('storage driver overlay2, cgroup v2; containers outlive it')
    expect(checks[0]!.hint).toBeUndefined()
  })
  it('is said to end containers with its restart, and how to have it otherwise', async () => {
    answers = engine({ LiveRestoreEnabled: false })
    expect((await check())[0]).toMatchObject({ status: 'ok', message: expect.stringContaining('its restart ends containers') as string, hint: expect.stringContaining('live-restore') as string }) // prettier-ignore
  })
  it('is warned about when it has no init', async () => {
    answers = engine({ InitCommit: { ID: 'N/A' } })
    expect((await check()).find(({ name }) => name === 'docker init')).toMatchObject({ status: 'warn' })
  })
  it('is warned about, with what it cannot limit', async () => {
    answers = engine({ MemoryLimit: true, SwapLimit: false, PidsLimit: false })
    const limits = (await check()).find(({ name }) => name === 'docker limits')
    expect(limits).toMatchObject({ status: 'warn', message: expect.stringContaining('swap, processes of a') as string })
  })
  it('is warned about when it does not see the data directory, and nothing is left there', async () => {
    answers = engine({}, { 'POST /containers/create': [400, { message: 'bind source path does not exist' }] })
    const files = (await check()).find(({ name }) => name === 'docker files')
    expect(files).toMatchObject({ status: 'warn', message: expect.stringContaining('bind source path does not exist') as string })
    expect(readdirSync(directory)).toEqual(['sock'])
  })
  it('is not asked for its files when it has no image to make a container of', async () => {
    answers = engine({}, { 'GET /images/json': [200, []] })
    expect((await check()).at(-1)).toMatchObject({ status: 'ok', message: expect.stringContaining('not tried') as string })
  })
})

describe('no engine', () => {
  it('is a warning with what to do, also behind DOCKER_HOST', async () => {
    const config = { data_dir: '/nowhere', docker: { enabled: true } } as Config
    const checks = await checkDocker(config, { DOCKER_HOST: 'unix:///nowhere/docker.sock' })
    expect(checks).toEqual([
      { name: 'docker', status: 'warn', message: expect.stringContaining('unix:///nowhere/docker.sock') as string, hint: expect.stringContaining('Start Docker') as string }, // prettier-ignore
    ])
  })
  it('is well where containers are switched off', async () => {
    const config = { data_dir: '/nowhere', docker: { enabled: false } } as Config
    expect(await checkDocker(config, {})).toEqual([expect.objectContaining({ name: 'docker', status: 'ok' })])
  })
})
