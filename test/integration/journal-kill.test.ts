import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openJournal, openJournalReader } from '../../adapters/sqlite/journal.ts'
import type { Journal, TaskRow } from '../../src/ports/journal.ts'
import { expectedCounts, expectedEntry } from './journal-script.ts'

const rounds = 25

let directory: string
let child: ChildProcess | null = null
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'journal-kill-'))
})
afterEach(async () => {
  child?.kill('SIGKILL') // only where the test broke off; a child that has ended is not signalled
  await rm(directory, { recursive: true })
})

interface Told {
  /** End of the last batch that was acknowledged, and of the one that was begun; 0 before any. */
  readonly acknowledged: number
  readonly begun: number
}

/** Runs the writer and kills it when it tells its `linesMax`th line; that is read to the end. */
const writeUntilKilled = async (path: string, seed: number, linesMax: number): Promise<Told> => {
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'journal-writer.ts'), path, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child = writer
  const closed = once(writer, 'close') as Promise<[number | null, string | null]>
  let [lines, acknowledged, begun] = [0, 0, 0]
  for await (const line of createInterface({ input: writer.stdout })) {
    const [word, position] = line.split(' ')
    if (word === 'begin') begun = Number(position)
    if (word === 'done') acknowledged = Number(position)
    if (++lines === linesMax) writer.kill('SIGKILL')
  }
  expect(await closed).toEqual([null, 'SIGKILL'])
  return { acknowledged, begun }
}

/** Every record after a position is what was appended there, up to `last` without a gap. */
const verifyRecords = (journal: Journal, after: number, last: number): void => {
  let position = after
  for (let page = journal.readAfter(position, 500); page.length > 0; page = journal.readAfter(position, 500)) {
    expect(page).toEqual(page.map((_, index) => expectedEntry(position + 1 + index).record))
    position += page.length
  }
  expect(position).toBe(last)
}

const verifyRows = (journal: Journal, last: number): void => {
  expect(journal.countTasks()).toMatchObject(expectedCounts(last))
  const live: TaskRow[] = []
  journal.eachLiveTask((row) => live.push(row))
  expect(live).toEqual(last % 3 === 0 ? [] : [expectedEntry(last).row])
}

it(`has everything acknowledged, each batch whole or not at all, after each of ${rounds} kills`, async () => {
  const path = join(directory, 'journal.db')
  let before = 0
  for (let round = 0; round < rounds; round++) {
    // From the first lines on (creating, opening, recovering) to some hundred commits later.
    const { acknowledged, begun } = await writeUntilKilled(path, 7_919 * (round + 1), 1 + ((round * 29) % 160))
    if (round > 0 && round % 5 === 0) {
      const reader = openJournalReader(path) // before any writer has recovered the file
      expect([before, acknowledged, begun]).toContain(reader.lastPosition())
      reader.close()
    }
    const journal = await openJournal({ path })
    const last = journal.lastPosition()
    expect(journal.warnings).toEqual([])
    expect(last).toBeGreaterThanOrEqual(Math.max(before, acknowledged))
    expect([before, acknowledged, begun]).toContain(last)
    verifyRecords(journal, before, last)
    verifyRows(journal, last)
    if (round === rounds - 1) verifyRecords(journal, 0, last)
    before = last
    await journal.close()
  }
  expect(before).toBeGreaterThan(1_000)
}, 180_000)
