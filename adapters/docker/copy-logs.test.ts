import { execFileSync } from 'node:child_process'
import { constants } from 'node:fs'
import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RunnerError } from '../../src/domain/errors.ts'
import { silentLogger } from '../../src/ports/logger.ts'
import { createManualClock } from '../../test/manual-clock.ts'
import { codeOf } from '../../test/support/code-of.ts'
import { copyLogs, type CopyLogsOptions } from './copy-logs.ts'
import { lostMarker } from './resume-point.ts'

const frame = (type: 'out' | 'err', payload: Buffer | string): Buffer => {
  const bytes = Buffer.from(payload)
  const header = Buffer.alloc(8)
  header[0] = type === 'out' ? 1 : 2
  header.writeUInt32BE(bytes.length, 4)
  return Buffer.concat([header, bytes])
}

/** Sends the bytes up to `breaksAt`, and then loses the connection; or all of them, and ends. */
const sends = (bytes: Buffer, { breaksAt = Infinity, chunkBytes = 7 } = {}): Readable =>
  Readable.from(
    (function* () {
      const end = Math.min(bytes.length, breaksAt)
      for (let at = 0; at < end; at += chunkBytes) yield bytes.subarray(at, Math.min(at + chunkBytes, end))
      if (breaksAt < Infinity) throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
    })(),
    { objectMode: false },
  )

const noise = (length: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}

let directory: string
let files: { stdout: string; stderr: string }
let time: ReturnType<typeof createManualClock>
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'copy-logs-'))
  time = createManualClock()
  await freshFiles()
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const freshFiles = async (stdout: Buffer | string = '', stderr: Buffer | string = ''): Promise<void> => {
  files = { stdout: join(directory, 'stdout'), stderr: join(directory, 'stderr') }
  await writeFile(files.stdout, stdout)
  await writeFile(files.stderr, stderr)
}

const copy = (open: CopyLogsOptions['open'], options: Partial<CopyLogsOptions> = {}) =>
  copyLogs({
    open,
    files,
    signal: new AbortController().signal,
    logger: silentLogger,
    clock: time.clock,
    unavailableMs: 0,
    engineFileBytes: 512_000_000,
    ...options,
  })

/** Lets time pass until the copy is done: pauses and silences are over at once. */
const passing = async <T>(done: Promise<T>): Promise<T> => {
  let isDone = false
  const settled = done.finally(() => (isDone = true))
  settled.catch(() => {})
  while (!isDone) {
    await turn()
    if (time.timers.size > 0) time.pass(100)
  }
  return settled
}

const stdout = (): Promise<Buffer> => readFile(files.stdout)
const stderr = (): Promise<Buffer> => readFile(files.stderr)

const log = Buffer.concat([
  frame('out', 'first\n'),
  frame('err', Buffer.from([0xff, 0, 0x0a])),
  frame('out', 'second'),
  frame('out', ''),
  frame('err', 'e'),
])
const [logOut, logErr] = [Buffer.from('first\nsecond'), Buffer.from([0xff, 0, 0x0a, 0x65])]

describe('copying a log', () => {
  it('puts each stream into its file', async () => {
    const { done, receivedBytes } = copy(() => Promise.resolve(sends(log)))
    await done
    expect([await stdout(), await stderr(), receivedBytes()]).toEqual([logOut, logErr, log.length])
  })

  it.each(Array.from({ length: log.length + 1 }, (_, at) => at))(
    'loses and doubles nothing when it breaks off after %i bytes and is begun anew',
    async (breaksAt) => {
      expect(await codeOf(copy(() => Promise.resolve(sends(log, { breaksAt }))).done)).toBe('ENGINE_UNAVAILABLE')
      await copy(() => Promise.resolve(sends(log))).done
      expect([await stdout(), await stderr()]).toEqual([logOut, logErr])
    },
  )

  it.each(Array.from({ length: logOut.length + 1 }, (_, held) => held))('goes on after the %i bytes that a file holds', async (held) => {
    await freshFiles(logOut.subarray(0, held), logErr.subarray(0, held % 5))
    await copy(() => Promise.resolve(sends(log, { chunkBytes: 1 }))).done
    expect([await stdout(), await stderr()]).toEqual([logOut, logErr])
  })

  it('loses and doubles nothing, whatever is printed and however often the connection is lost', async () => {
    const anyFrame = fc.record({ type: fc.constantFrom('out', 'err'), payload: fc.uint8Array({ maxLength: 3_000 }) })
    const anyBreak = fc.record({ at: fc.nat(20_000), chunkBytes: fc.integer({ min: 1, max: 5_000 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { maxLength: 12 }), fc.array(anyBreak, { maxLength: 6 }), async (frames, breaks) => {
        await freshFiles()
        const bytes = Buffer.concat(frames.map(({ type, payload }) => frame(type, Buffer.from(payload))))
        const readings = breaks.map(
          ({ at, chunkBytes }) =>
            () =>
              sends(bytes, { breaksAt: Math.min(at, bytes.length), chunkBytes }),
        )
        await passing(
          copy(() => Promise.resolve((readings.shift() ?? (() => sends(bytes, { chunkBytes: 4_096 })))()), { unavailableMs: 60_000 }).done,
        )
        const of = (wanted: string) => Buffer.concat(frames.filter(({ type }) => type === wanted).map(({ payload }) => payload))
        expect((await stdout()).equals(of('out')) && (await stderr()).equals(of('err'))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('reads on only when the disk has taken what was read', async () => {
    execFileSync('mkfifo', [files.stdout + '.slow'])
    const slow = await open(files.stdout + '.slow', constants.O_RDWR | constants.O_NONBLOCK) // a pipe of 64 KiB
    const bytes = noise(4_000_000, 1)
    let sent = 0
    const source = Readable.from(
      (function* () {
        yield frame('out', bytes).subarray(0, 8)
        for (let at = 0; at < bytes.length; at += 10_000) {
          sent = at + 10_000
          yield bytes.subarray(at, sent)
        }
      })(),
      { objectMode: false },
    )
    const { done } = copy(() => Promise.resolve(source), { files: { ...files, stdout: files.stdout + '.slow' } })
    const taken: Buffer[] = []
    let takenBytes = 0
    let aheadMax = 0
    while (takenBytes < bytes.length) {
      const { buffer, bytesRead } = await slow.read(Buffer.alloc(5_000)).catch(() => ({ buffer: Buffer.alloc(0), bytesRead: 0 }))
      taken.push(buffer.subarray(0, bytesRead))
      takenBytes += bytesRead
      aheadMax = Math.max(aheadMax, sent - takenBytes)
      if (bytesRead === 0) await turn()
    }
    await done
    await slow.close()
    expect(Buffer.concat(taken).equals(bytes)).toBe(true)
    expect(aheadMax).toBeLessThan(400_000) // of 4,000,000: the pipe, one batch being written, one waiting
  })

  it('opens the log again after growing pauses, and says that it cannot be reached when that has lasted long enough', async () => {
    const openedAt: number[] = []
    const { done } = copy(
      () => {
        openedAt.push(time.clock.monotonic())
        return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
      },
      { unavailableMs: 10_000 },
    )
    expect(await codeOf(passing(done))).toBe('ENGINE_UNAVAILABLE')
    expect(openedAt.slice(0, 7)).toEqual([0, 100, 300, 700, 1_500, 3_100, 6_300])
    expect(openedAt.length).toBeLessThan(10)
  })

  it('has patience anew for a log that was open for long, though nothing came', async () => {
    let opened = 0
    const { done } = copy(
      () => {
        opened += 1
        if (opened > 1) return Promise.resolve(sends(log))
        const quiet = new Readable({ read: () => {} })
        time.clock.timer(3_600_000, () => quiet.destroy(new Error('aborted')))
        return Promise.resolve(quiet)
      },
      { unavailableMs: 10_000 },
    )
    while (opened === 0) await turn()
    await turn()
    time.pass(3_600_000)
    await passing(done)
    expect(await stdout()).toEqual(logOut)
  })

  it('does not try again what another code than ENGINE_UNAVAILABLE has refused', async () => {
    const refusal = new RunnerError('TASK_LOST', 'the container is gone')
    await expect(copy(() => Promise.reject(refusal), { unavailableMs: 10_000 }).done).rejects.toBe(refusal)
  })

  it('rejects when what comes is not a log', async () => {
    expect(await codeOf(copy(() => Promise.resolve(sends(Buffer.from('<html>nothing here</html>')))).done)).toBe('ENGINE_UNAVAILABLE')
  })

  it('takes an end inside a frame for a lost connection', async () => {
    expect(await codeOf(copy(() => Promise.resolve(sends(log.subarray(0, -1)))).done)).toBe('ENGINE_UNAVAILABLE')
  })

  it('waits for a full disk, and names it when that has lasted long enough', async () => {
    const full = { ...files, stdout: '/dev/full' }
    expect(await codeOf(passing(copy(() => Promise.resolve(sends(log)), { files: full, unavailableMs: 1_000 }).done))).toBe(
      'WORK_DIR_UNUSABLE',
    )
  })

  it('does not wait for files that are gone', async () => {
    await rm(files.stderr)
    expect(await codeOf(copy(() => Promise.resolve(sends(log)), { unavailableMs: 1_000_000 }).done)).toBe('WORK_DIR_UNUSABLE')
  })

  it('ends quietly when its signal aborts: before, while the log is opened, while it is read, in a pause', async () => {
    await copy(() => Promise.reject(new Error('never called')), { signal: AbortSignal.abort() }).done

    const opening = new AbortController()
    const late = Promise.withResolvers<Readable>()
    const first = copy(() => late.promise, { signal: opening.signal }).done
    opening.abort()
    await first
    const body = sends(log)
    late.resolve(body)
    await turn()
    expect(body.destroyed).toBe(true)

    const reading = new AbortController()
    const quiet = new Readable({ read: () => {} })
    const second = copy(() => Promise.resolve(quiet), { signal: reading.signal })
    quiet.push(log.subarray(0, 20))
    while (second.receivedBytes() === 0) await turn()
    reading.abort()
    await second.done
    expect([quiet.destroyed, time.timers.size]).toEqual([true, 0])

    const pausing = new AbortController()
    const third = copy(() => Promise.reject(new Error('away')), { signal: pausing.signal, unavailableMs: 1_000_000 }).done
    while (time.timers.size === 0) await turn()
    pausing.abort()
    await third
    expect(time.timers.size).toBe(0)
  })
})

describe('a log that has turned over', () => {
  it.each([1, 700, 20_000, 58_000])('goes on after the last bytes of the file when its first %i bytes are gone', async (gone) => {
    const bytes = noise(100_000, 3)
    await freshFiles(bytes.subarray(0, 60_000))
    const rest = frame('out', bytes.subarray(gone))
    await passing(copy(() => Promise.resolve(sends(rest, { chunkBytes: 777 }))).done)
    expect((await stdout()).equals(bytes)).toBe(true)
  })

  it('says so where bytes are lost, and goes on with all that there is', async () => {
    const bytes = noise(100_000, 4)
    await freshFiles(bytes.subarray(0, 30_000), 'warned\n')
    const rest = Buffer.concat([frame('err', 'warned\n'), frame('out', bytes.subarray(40_000)), frame('err', 'again\n')])
    await passing(copy(() => Promise.resolve(sends(rest, { chunkBytes: 5_000 }))).done)
    expect((await stdout()).equals(Buffer.concat([bytes.subarray(0, 30_000), lostMarker, bytes.subarray(40_000)]))).toBe(true)
    expect((await stderr()).toString()).toBe('warned\nagain\n')
  })

  it('does so too when less is left than the file holds, and the container prints nothing for a while', async () => {
    const bytes = noise(100_000, 5)
    await freshFiles(bytes.subarray(0, 90_000))
    const open = (): Promise<Readable> => {
      const quiet = new Readable({ read: () => {} })
      quiet.push(frame('out', bytes.subarray(95_000)))
      return Promise.resolve(quiet)
    }
    const stop = new AbortController()
    const { done } = copy(open, { signal: stop.signal })
    const wanted = 90_000 + lostMarker.length + 5_000
    while ((await stat(files.stdout)).size < wanted) {
      await turn()
      time.pass(100)
    }
    stop.abort()
    await done
    expect((await stdout()).equals(Buffer.concat([bytes.subarray(0, 90_000), lostMarker, bytes.subarray(95_000)]))).toBe(true)
  })

  it('says it once, and doubles nothing, when the copy breaks off at any place after that', async () => {
    const bytes = noise(6_000, 6)
    const rest = frame('out', bytes.subarray(4_000))
    const whole = Buffer.concat([bytes.subarray(0, 3_000), lostMarker, bytes.subarray(4_000)])
    for (let held = 3_000 + lostMarker.length; held < whole.length; held += 97) {
      await freshFiles(whole.subarray(0, held))
      await passing(copy(() => Promise.resolve(sends(rest, { chunkBytes: 1_000 }))).done)
      expect((await stdout()).equals(whole)).toBe(true)
    }
  })

  it('is taken up by its end also where the beginning happens to be the same', async () => {
    const bytes = Buffer.concat([Buffer.alloc(5_000, 'x'), noise(50_000, 7)])
    await freshFiles(bytes.subarray(0, 40_000))
    const rest = frame('out', bytes.subarray(600)) // still begins with x, 4,400 times
    await passing(copy(() => Promise.resolve(sends(rest, { chunkBytes: 3_000 }))).done)
    expect((await stdout()).equals(bytes)).toBe(true)
  })
})

describe('a copy of a log that may turn over behind it', () => {
  const engineFileBytes = 5_000_000
  const bytes = noise(9_000_000, 11)
  const records = (from = 0): Buffer =>
    Buffer.concat(Array.from({ length: Math.ceil((bytes.length - from) / 16_384) }, (_, i) => frame('out', bytes.subarray(from + i * 16_384, from + (i + 1) * 16_384)))) // prettier-ignore
  const whole = { engineFileBytes, hasEnded: true }

  it('stops when the container is faster, before the file can be full', async () => {
    expect(await copy(() => Promise.resolve(sends(records(), { chunkBytes: 65_536 })), { engineFileBytes }).done).toBe('behind')
    const held = await stdout()
    expect([held.length > 4_300_000, held.length < engineFileBytes, held.equals(bytes.subarray(0, held.length))]).toEqual([
      true,
      true,
      true,
    ])
  })
  it('counts what the engine stores beside each line', async () => {
    const lines = Buffer.concat(Array.from({ length: 500_000 }, (_, index) => frame('out', `${index}\n`.padStart(16)))) // 8 MB; 23 MB there
    const { done } = copy(() => Promise.resolve(sends(lines, { chunkBytes: 65_536 })), { engineFileBytes: 20_000_000 })
    expect(await done).toBe('behind')
    expect((await stdout()).length).toBeLessThan(20_000_000 / 3)
  })
  it('goes on after the container has ended, and says where the log has turned over', async () => {
    await copy(() => Promise.resolve(sends(records(), { chunkBytes: 65_536 })), { engineFileBytes }).done
    const held = await stdout()
    expect(await copy(() => Promise.resolve(sends(records(), { chunkBytes: 65_536 })), whole).done).toBe('ended')
    expect((await stdout()).equals(bytes)).toBe(true)

    await writeFile(files.stdout, held)
    expect(await copy(() => Promise.resolve(sends(records(engineFileBytes), { chunkBytes: 65_536 })), whole).done).toBe('ended')
    expect((await stdout()).equals(Buffer.concat([held, lostMarker, bytes.subarray(engineFileBytes)]))).toBe(true)
  })
  it('goes on as long as it has to wait for the container now and then', async () => {
    const log = records()
    const slowly = Readable.from(
      (function* () {
        for (let at = 0; at < log.length; at += 2_000_000) {
          yield log.subarray(at, at + 2_000_000)
          time.pass(5)
        }
      })(),
      { objectMode: false, highWaterMark: 1 },
    )
    expect(await copy(() => Promise.resolve(slowly), { engineFileBytes }).done).toBe('ended')
    expect((await stdout()).equals(bytes)).toBe(true)
  })
  it('is not misled by lines that are alike for the most part', async () => {
    const same = 'a line of which only the number is another, for a long while, '.repeat(60)
    const lines = Array.from({ length: 2_000 }, (_, index) => `${index} ${same}\n`)
    await freshFiles(lines.slice(0, 1_200).join(''))
    const rest = Buffer.concat(lines.slice(1_300).map((line) => frame('out', line)))
    await copy(() => Promise.resolve(sends(rest, { chunkBytes: 65_536 })), whole).done
    expect((await stdout()).toString()).toBe(`${lines.slice(0, 1_200).join('')}${lostMarker.toString()}${lines.slice(1_300).join('')}`)
  })
})

describe('the end of a file', () => {
  it.each(['a', 'ab', `${'a'.repeat(40_000)}b`])('is searched for in no more time where the log repeats %.9s', async (piece) => {
    await freshFiles(Buffer.concat([Buffer.from('first'), Buffer.alloc(4_194_304, piece)]))
    const rest = Buffer.concat([Buffer.alloc(4_000_000, `${piece}c`), Buffer.from('last')])
    await passing(copy(() => Promise.resolve(sends(frame('out', rest), { chunkBytes: 65_536 })), { hasEnded: true }).done) // or it would last minutes
    expect((await stdout()).subarray(-4).toString()).toBe('last')
  })
})

describe('a file with a hole', () => {
  const punch = (from: number, length: number): void => {
    execFileSync('fallocate', ['--punch-hole', '--offset', String(from), '--length', String(length), files.stdout])
  }

  it.each([
    ['its middle', 8_192, 16_384],
    ['its beginning', 0, 16_384],
    ['its end', 36_864, 8_192],
    ['all of it', 0, 40_000],
  ])('goes on at its size when the hole is %s', async (_, from, length) => {
    const bytes = noise(60_000, 8)
    await freshFiles(bytes.subarray(0, 40_000))
    punch(from, length)
    const held = await stdout()
    await passing(copy(() => Promise.resolve(sends(frame('out', bytes)))).done)
    expect((await stdout()).equals(Buffer.concat([held, bytes.subarray(40_000)]))).toBe(true)
  })

  it.each([false, true])(
    'goes on at its size when the hole reaches into its last bytes (first bytes gone from the log: %s)',
    async (isTurnedOver) => {
      const bytes = noise(60_000, 10)
      await freshFiles(bytes.subarray(0, 36_864 + 300))
      punch(8_192, 28_672)
      const held = await stdout()
      await passing(copy(() => Promise.resolve(sends(frame('out', bytes.subarray(isTurnedOver ? 5_000 : 0))))).done)
      expect((await stdout()).equals(Buffer.concat([held, bytes.subarray(36_864 + 300)]))).toBe(true)
    },
  )

  it('is never filled: a file that was extended beyond its bytes keeps its size', async () => {
    await truncate(files.stdout, 4_096)
    await copy(() => Promise.resolve(sends(frame('out', noise(5_000, 9))))).done
    expect((await stat(files.stdout)).size).toBe(5_000)
  })
})
