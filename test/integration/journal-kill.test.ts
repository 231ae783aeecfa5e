import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { openJournal, openJournalReader } from '../../adapters/sqlite/journal.ts'
import type { Journal } from '../../src/ports/journal.ts'
import { expectedCounts, expectedEntry } from './journal-script.ts'

const rounds = 25

interface Told {
  /** End of the last batch that was acknowledged, and of the one that was begun; 0 before any. */
  readonly acknowledged: number
  readonly begun: number
}

/** Runs the writer and kills it when it tells its `linesMax`th line; that is read to the end. */
const writeUntilKilled = async (path: string, seed: number, linesMax: number): Promise<Told> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'journal-writer.ts'), path, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close') as Promise<[number | null, string | null]>
  let [lines, acknowledged, begun] = [0, 0, 0]
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, position] = line.split(' ')
    if (word === 'begin') begun = Number(position)
    if (word === 'done') acknowledged = Number(position)
    if (++lines === linesMax) child.kill('SIGKILL')
  }
  expect(await closed).toEqual([null, 'SIGKILL'])
  return { acknowledged, begun }
}

const verifyAll = (journal: Journal, last: number): void => {
  let position = 0
  for (let page = journal.readAfter(0, 500); page.length > 0; page = journal.readAfter(position, 500))
    for (const record of page) expect(record).toEqual(expectedEntry(++position).record)
  expect(position).toBe(last)
  expect(journal.countTasks()).toMatchObject(expectedCounts(last))
  const live: string[] = []
  journal.eachLiveTask((row) => {
    expect(row).toEqual(expectedEntry(last).row)
    live.push(row.id)
  })
  expect(live.length).toBe(last % 3 === 0 ? 0 : 1)
}

it(`has everything acknowledged, each batch whole or not at all, after each of ${rounds} kills`, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'journal-kill-'))
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
    verifyAll(journal, last)
    before = last
    await journal.close()
  }
  expect(before).toBeGreaterThan(1_000)
  await rm(directory, { recursive: true })
})
