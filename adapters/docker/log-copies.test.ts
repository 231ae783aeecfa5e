import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLogger } from '../../src/ports/logger.ts'
import { createManualClock } from '../../test/manual-clock.ts'
import { EngineRefusal, type Engine } from './engine.ts'
import { createLogCopies, type LogCopies } from './log-copies.ts'

const frame = (text: string): Buffer => {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(text.length, 4)
  return Buffer.concat([header, Buffer.from(text)])
}
/** Stays open, as the log of a container that runs. */
const open = (text: string): Readable => {
  const log = new Readable({ read: () => {} })
  log.push(frame(text))
  return log
}
const whole = (text: string): Readable => Readable.from([frame(text)], { objectMode: false })

let directory: string
let files: { stdout: string; stderr: string }
let time: ReturnType<typeof createManualClock>
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'log-copies-'))
  files = { stdout: join(directory, 'stdout'), stderr: join(directory, 'stderr') }
  for (const path of Object.values(files)) writeFileSync(path, '')
  time = createManualClock()
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Copies of logs as the engine gives them, one after the other; a refusal when it has no more. */
const copiesOf = (readings: (Readable | Error)[]): LogCopies => {
  const ask = (): Promise<Readable> => {
    const next = readings.shift() ?? new EngineRefusal(404, 'No such container')
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next)
  }
  const engine = { ask } as unknown as Engine
  return createLogCopies({ engine, clock: time.clock, logger: silentLogger, unavailableMs: 1_000, engineFileBytes: 512_000_000 })
}
const { signal } = new AbortController()
const stdout = (): string => readFileSync(files.stdout, 'utf8')
/** @param passMs how much time passes at a time, while it is waited for */
const settled = async (copies: LogCopies, passMs = 0, isWaited = () => true): Promise<void> => {
  let isOver = false
  const settling = copies.settle('a.1', signal).finally(() => (isOver = true))
  settling.catch(() => {})
  while (!isOver) {
    await turn()
    if (passMs > 0 && isWaited()) time.pass(passMs)
  }
  return settling
}

it.each([
  ['the end of what was told', whole('line\nlast wor')],
  ['what comes after the last newline', whole('line\n')],
  ['everything', whole('')],
])('reads the log once more when its container has ended: a follower may miss %s', async (_, follower) => {
  const readings = [follower, whole('line\nlast words'), whole('never asked for')]
  const copies = copiesOf(readings)
  copies.begin('a.1', 'c1', files)
  await settled(copies)
  await settled(copies)
  expect([stdout(), readings.length]).toEqual(['line\nlast words', 1])
})
it('cuts a follower off that hears no more', async () => {
  const follower = open('line\n')
  const copies = copiesOf([follower, whole('line\nlast words')])
  copies.begin('a.1', 'c1', files)
  while (stdout() === '') await turn()
  await settled(copies, 100, () => !follower.destroyed) // the reading after it takes as long as the disk does
  expect([stdout(), follower.destroyed]).toEqual(['line\nlast words', true])
})
it('tries again where an earlier copy has failed', async () => {
  const copies = copiesOf([new EngineRefusal(500, 'no'), new EngineRefusal(500, 'no'), whole('line\n')])
  copies.begin('a.1', 'c1', files)
  await settled(copies)
  expect(stdout()).toBe('')
  await settled(copies)
  expect(stdout()).toBe('line\n')
})
it('gives up a log of which nothing more comes', async () => {
  const copies = copiesOf([whole('line\n'), open('line\nmore')])
  copies.begin('a.1', 'c1', files)
  await settled(copies, 10_000, () => stdout() === 'line\nmore')
  expect(stdout()).toBe('line\nmore')
})
it('knows of no other attempt', async () => {
  await settled(copiesOf([]))
  expect(stdout()).toBe('')
})
