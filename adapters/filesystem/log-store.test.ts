import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { attemptName, type AttemptKey } from '../../src/domain/exit.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { silentLogger } from '../../src/ports/logger.ts'
import { conformsToLogStore } from '../../test/conformance/log-store.ts'
import { createFileLogStore } from './log-store.ts'

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer: (delayMs, run) => {
    const timer = setTimeout(run, delayMs).unref()
    return () => clearTimeout(timer)
  },
}

const key: AttemptKey = { taskId: 'run:1', attempt: 1 }
let root: string
const eventsPath = (of: AttemptKey): string => join(root, 'work', attemptName(of), '.env-runner-events')
const openStore = () => createFileLogStore({ logsDir: join(root, 'logs'), eventsPath, clock })
const makeEventsDir = (of: AttemptKey): string => mkdirSync(join(root, 'work', attemptName(of)), { recursive: true }) ?? ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'env-runner-logs-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('the log store on files', () => {
  conformsToLogStore(async () => {
    const store = openStore()
    const pathOf = (of: AttemptKey, stream: 'stdout' | 'stderr' | 'events'): string =>
      stream === 'events' ? eventsPath(of) : store.path(of, stream)
    return {
      store,
      append: async (of, stream, bytes) => appendFileSync(pathOf(of, stream), bytes),
      truncate: async (of, stream, size) => truncateSync(pathOf(of, stream), size),
      createEvents: async (of) => {
        makeEventsDir(of)
        writeFileSync(eventsPath(of), '')
      },
      reopen: openStore,
      noticed: async (isSo) => void (await vi.waitUntil(isSo, { timeout: 10_000, interval: 5 })),
      destroy: async () => {},
    }
  })

  it('makes files and directories for the runner alone', async () => {
    const { stdout } = await openStore().create(key)
    expect(stdout).toBe(join(root, 'logs', 'run+1', '1.stdout'))
    expect(statSync(stdout).mode & 0o777).toBe(0o600)
    expect(statSync(join(root, 'logs', 'run+1')).mode & 0o777).toBe(0o700)
  })

  it('refuses a task id that is none', async () => {
    await expect(openStore().create({ taskId: '../../etc', attempt: 1 })).rejects.toMatchObject({ code: 'INVALID_ID' })
    await expect(openStore().remove('..')).rejects.toMatchObject({ code: 'INVALID_ID' })
  })

  it('says what is wrong and what to do where it cannot write', async () => {
    writeFileSync(join(root, 'logs'), 'a file')
    await expect(openStore().create(key)).rejects.toMatchObject({
      code: 'WORK_DIR_UNUSABLE',
      message: expect.stringContaining(join(root, 'logs')),
    })
  })

  it('gives the disk back for a hole', async () => {
    const store = openStore()
    const { stdout } = await store.create(key)
    appendFileSync(stdout, Buffer.alloc(1 << 20, 'x'))
    const before = statSync(stdout).blocks
    await store.discard(key, 'stdout', 1 << 18, 3 << 18)
    expect(statSync(stdout).blocks).toBeLessThanOrEqual(before - (1 << 19) / 512 + 16)
    expect(statSync(stdout).size).toBe(1 << 20)
  })

  it('keeps the bytes and says so once where holes cannot be made', async () => {
    const warn = vi.fn()
    const store = createFileLogStore({ logsDir: join(root, 'logs'), eventsPath, clock, logger: { ...silentLogger, warn } })
    const { stdout } = await store.create(key)
    appendFileSync(stdout, Buffer.alloc(65_536, 'x'))
    vi.stubEnv('PATH', root)
    await store.discard(key, 'stdout', 0, 32_768)
    await store.discard(key, 'stdout', 0, 65_536)
    vi.unstubAllEnvs()
    expect(warn).toHaveBeenCalledTimes(1)
    expect(await store.hole(key, 'stdout')).toBeNull()
    expect((await store.read(key, 'stdout', 0, 10)).bytes).toHaveLength(10)
  })

  describe('an events file that the task replaced', () => {
    const secret = (): string => {
      const path = join(root, 'secret')
      writeFileSync(path, 'the secret of another')
      return path
    }
    const kinds: Readonly<Record<string, (path: string) => void>> = {
      'by a link': (path) => symlinkSync(secret(), path),
      'by a link to a device': (path) => symlinkSync('/dev/zero', path),
      'by a FIFO': (path) => void execFileSync('mkfifo', [path]),
      'by a directory': (path) => mkdirSync(path),
      'by a link to itself': (path) => symlinkSync(path, path),
    }
    for (const [kind, replace] of Object.entries(kinds))
      it(`${kind} is an empty one`, async () => {
        makeEventsDir(key)
        replace(eventsPath(key))
        const store = openStore()
        const end = store.watch(key, 'events', () => {})
        expect(await store.size(key, 'events')).toBe(0)
        expect((await store.read(key, 'events', 0, 100)).bytes).toHaveLength(0)
        end()
      })
    it('is read again when it is a file again', async () => {
      makeEventsDir(key)
      symlinkSync(secret(), eventsPath(key))
      const store = openStore()
      expect(await store.size(key, 'events')).toBe(0)
      rmSync(eventsPath(key))
      writeFileSync(eventsPath(key), '{}\n')
      linkSync(eventsPath(key), join(root, 'second-name'))
      expect(await store.size(key, 'events')).toBe(3)
    })
  })

  it('leaves nothing behind but what a task printed', async () => {
    const store = openStore()
    await store.create(key)
    await store.saveCheckpoint(key, '{}')
    await store.remove(key.taskId)
    expect(existsSync(join(root, 'logs', 'run+1'))).toBe(false)
  })
})
