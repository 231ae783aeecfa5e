import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createManualClock } from '../../test/manual-clock.ts'
import type { LiveFile } from '../../src/ports/live-file.ts'
import { createSystemClock } from '../system/clock.ts'
import { openLiveFile } from './live-file.ts'

let directory: string
let path: string
let file: LiveFile | null
const taken: string[] = []
const failures: string[] = []
let refuse: string | null

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'env-runner-live-'))
  path = join(directory, 'tokens.toml')
  writeFileSync(path, 'first', { mode: 0o600 })
  taken.length = failures.length = 0
  refuse = file = null
})
afterEach(() => {
  file?.close()
  rmSync(directory, { recursive: true })
})

const start = async (clock = createSystemClock()): Promise<LiveFile> =>
  (file = await openLiveFile(clock)(
    path,
    ({ text, mode }) => {
      if (text === refuse) throw new Error(`${text} is refused`)
      taken.push(`${text} ${mode.toString(8)}`)
    },
    (cause) => failures.push((cause as Error).message),
  ))
const replace = (text: string): void => {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

describe('at the beginning', () => {
  it('is taken, with its mode', async () => {
    await start()
    expect(taken).toEqual(['first 600'])
  })
  it.each([
    ['is not there', () => rmSync(path), 'ENOENT'],
    ['is a directory', () => (rmSync(path), mkdirSync(path)), 'is not a file'],
    ['is too large', () => writeFileSync(path, 'x'.repeat(8 * 2 ** 20 + 1)), 'larger than'],
  ])('rejects a file that %s', async (_, spoil, problem) => {
    spoil()
    await expect(start()).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(problem) })
  })
  it('rejects what is refused', async () => {
    refuse = 'first'
    await expect(start()).rejects.toThrow('first is refused')
  })
})

describe('a change is taken without being asked for,', () => {
  it('another file under the same name', async () => {
    await start()
    replace('second')
    await expect.poll(() => taken, { timeout: 10_000 }).toEqual(['first 600', 'second 600'])
  })
  it('written in place', async () => {
    await start()
    writeFileSync(path, 'second')
    await expect.poll(() => taken.at(-1), { timeout: 10_000 }).toBe('second 600')
  })
  it('its mode alone', async () => {
    await start()
    chmodSync(path, 0o644)
    await expect.poll(() => taken, { timeout: 10_000 }).toEqual(['first 600', 'first 644'])
  })
  it('another target of a link beside it, as Kubernetes does it', async () => {
    rmSync(path)
    for (const [name, text] of [['v1', 'first'], ['v2', 'second']] as const) {
      mkdirSync(join(directory, name))
      writeFileSync(join(directory, name, 'tokens.toml'), text, { mode: 0o600 })
    } // prettier-ignore
    symlinkSync('v1', join(directory, '..data'))
    symlinkSync('..data/tokens.toml', path)
    await start()
    symlinkSync('v2', join(directory, '..data_tmp'))
    renameSync(join(directory, '..data_tmp'), join(directory, '..data'))
    await expect.poll(() => taken, { timeout: 10_000 }).toEqual(['first 600', 'second 600'])
  })
  it('behind a link into a directory that nobody watches', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'env-runner-live-'))
    try {
      writeFileSync(join(elsewhere, 'real'), 'first', { mode: 0o600 })
      rmSync(path)
      symlinkSync(join(elsewhere, 'real'), path)
      const { clock, pass } = createManualClock()
      await start(clock)
      writeFileSync(join(elsewhere, 'real'), 'second')
      await expect.poll(() => (pass(2_000), taken.at(-1))).toBe('second 600')
    } finally {
      rmSync(elsewhere, { recursive: true })
    }
  })
})

describe('what cannot be taken', () => {
  it('is told once, and the next good content is taken', async () => {
    const { clock, pass } = createManualClock()
    await start(clock)
    replace((refuse = 'bad'))
    await expect.poll(() => (pass(2_000), failures)).toEqual(['bad is refused'])
    for (let look = 0; look < 5; look++) await new Promise((resolve) => setImmediate(resolve, pass(2_000)))
    replace('good')
    await expect.poll(() => (pass(2_000), taken)).toEqual(['first 600', 'good 600'])
    expect(failures).toHaveLength(1)
  })
  it('is a file that went away, too', async () => {
    const live = await start()
    rmSync(path)
    await expect.poll(() => failures, { timeout: 10_000 }).toEqual([expect.stringContaining('ENOENT')])
    replace('again')
    await live.reload()
    expect(taken.at(-1)).toBe('again 600')
  })
})

it('is read again when asked, changed or not', async () => {
  const { clock } = createManualClock()
  const live = await start(clock)
  await live.reload()
  expect(taken).toEqual(['first 600', 'first 600'])
})
it('is left alone once closed', async () => {
  const { clock, pass, timers } = createManualClock()
  const live = await start(clock)
  live.close()
  live.close()
  replace('second')
  pass(10_000)
  await live.reload()
  expect([taken, timers.size]).toEqual([['first 600'], 0])
})
