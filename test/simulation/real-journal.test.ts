import { appendFileSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openJournal as openSqlite } from '../../adapters/sqlite/journal.ts'
import { RunnerError } from '../../src/domain/errors.ts'
import type { Journal } from '../../src/ports/journal.ts'
import { createSeededRandom, openSimulatedJournal, simulate, violationsOf } from '../../src/testing.ts'

let root: string
let open: Journal[]
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'env-runner-real-journal-'))
  open = []
})
afterEach(async () => {
  for (const journal of open) await journal.close()
  rmSync(root, { recursive: true })
})

const files = ['journal.sqlite', 'journal.sqlite-wal']
const unavailable = (why: string): RunnerError => new RunnerError('JOURNAL_UNAVAILABLE', why)

/** Each process of the simulated host finds the files as the one before it left them: copied as they lie there, nothing closed, and half of the time with the
 * beginning of a write that the crash tore. Commits happen on this thread, so that the seed alone decides what happens when. */
const realJournals = (seed: number) => {
  const random = createSeededRandom(seed).split('torn')
  let processes = 0
  const startOn = (): string => {
    const [before, now] = [join(root, String(processes)), join(root, String(++processes))]
    mkdirSync(now)
    for (const name of files) if (existsSync(join(before, name))) copyFileSync(join(before, name), join(now, name))
    const log = join(now, files[1]!)
    if (existsSync(log) && random.chance(0.5)) appendFileSync(log, Buffer.alloc(random.int(1, 9_000), random.int(0, 255)))
    return join(now, files[0]!)
  }
  return {
    processes: () => processes,
    openJournal: (async (disk, incarnation) => {
      const real = await openSqlite({ path: startOn(), mode: 'main' })
      open.push(real)
      const mirror = openSimulatedJournal(disk, { ...incarnation, call: async (_, perform) => perform() })
      return {
        ...real,
        append: (entries) =>
          incarnation.call(
            `journal.append ${entries.length}`,
            async () => {
              if (disk.full) throw unavailable('the simulated disk is full')
              await real.append(entries)
              await mirror.append(entries)
            },
            () => unavailable('the simulated disk failed'),
          ),
        quarantine(stream, reason, at) {
          real.quarantine(stream, reason, at)
          mirror.quarantine(stream, reason, at)
        },
        close: async () => {}, // with the test: a crash closes nothing
      }
    }) satisfies NonNullable<Parameters<typeof simulate>[0]['openJournal']>,
  }
}

it.each([172, 232, ...Array.from({ length: 18 }, (_, index) => 8_000 + index)])(
  'the engine keeps every armed invariant on the SQLite journal with seed %i',
  async (seed) => {
    const journals = realJournals(seed)
    const { violations, observation } = await simulate({ seed, tasks: { count: 12 }, openJournal: journals.openJournal })
    expect(violations).toEqual([])
    // What the file holds in the end is what happened.
    const last = open.at(-1)!
    const stored = observation.tasks.map(({ row }) => ({
      row: last.findTask(row.id)!,
      records: last.readStream(`task:${row.id}`, 0, 10_000),
    }))
    expect(stored.map(({ row }) => row)).toEqual(observation.tasks.map(({ row }) => row))
    expect(violationsOf({ ...observation, tasks: stored })).toEqual([])
  },
)

it('crashes often enough to mean something', async () => {
  const journals = realJournals(8_003)
  const weather = { delayMsMax: 5, crash: 0.06, failBefore: 0.02, failAfter: 0.02, shortRead: 0.2 }
  const { violations } = await simulate({ seed: 8_003, tasks: { count: 12 }, weather, openJournal: journals.openJournal })
  expect(violations).toEqual([])
  expect(journals.processes()).toBeGreaterThan(5)
})
