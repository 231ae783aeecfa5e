import { describe, expect, it } from 'vitest'
import { createSimulatedRunner, submissionOf } from '../../test/support/simulated-runner.ts'
import { RunnerError } from '../domain/errors.ts'
import { taskStream, type JournalReader, type JournalRecord, type TaskRow } from '../ports/journal.ts'
import { planArray } from '../testing/scenario.ts'
import { auditJournal, journalInvariants } from './audit-journal.ts'

/** A journal with tasks that ended, one that is tried again for ever, one that waits, and an array. */
const lived = async (): Promise<JournalReader> => {
  const { boot, during, world } = createSimulatedRunner()
  const { runner, engine } = await boot()
  for (const [id, behaviour] of Object.entries({ good: {}, bad: { exitCode: 3 }, again: { launchFailures: 1 } }))
    await during((await during(runner.submit(submissionOf(id, behaviour)))).result())
  await during(runner.submitArray(planArray('x', [{}, {}], 0, { concurrency: 1 }).submission))
  await during(runner.pause())
  await during(runner.submit(submissionOf('waiting', {})))
  const { journal } = engine.context
  world.crash()
  return journal
}

const found = (journal: JournalReader): string[] =>
  auditJournal(journal).flatMap(({ name, violations }) => violations.map((each) => `${name}: ${each}`))

const withRow = (journal: JournalReader, id: string, changes: Partial<TaskRow>): JournalReader => {
  const change = (row: TaskRow): TaskRow => (row.id === id ? { ...row, ...changes } : row)
  return { ...journal, listTasks: (filter) => journal.listTasks(filter).map(change) }
}

const withRecords = (journal: JournalReader, stream: string, change: (record: JournalRecord) => JournalRecord): JournalReader => ({
  ...journal,
  readStream: (name, fromSeq, limit) => {
    const records = journal.readStream(name, fromSeq, limit)
    return name === stream ? records.map(change) : records
  },
})

describe('a journal without a runner', () => {
  it('that nothing contradicts passes, and says what could be looked at', async () => {
    const lines = auditJournal(await lived())
    expect(lines.flatMap(({ violations }) => violations)).toEqual([])
    expect(lines.filter(({ armed }) => armed).map(({ name }) => name)).toEqual(journalInvariants) // prettier-ignore
    expect(lines).toHaveLength(16)
  })

  it.each<[string, (journal: JournalReader) => JournalReader, string]>([
    ['a row that says something else', (journal) => withRow(journal, 'bad', { cancelReason: 'x' }), 'I13: bad is stored with another cancelReason than its records lead to'],
    ['a state that the machine does not reach', (journal) => withRecords(journal, taskStream('good'), (record) => (record.seq === 2 ? { ...record, state: { value: 'failed', context: {} } } : record)), 'I13: good record 2: the stored state differs from the computed one'],
    ['an end that nobody was told of', (journal) => withRecords(journal, taskStream('bad'), (record) => ({ ...record, public: [] })), 'I5: bad is failed without a terminal event'],
    ['one attempt too many', (journal) => withRow(journal, 'again', { attempt: 4 }), 'I11: again is at attempt 4 of 3'],
    ['a runner that cannot be where it is', (journal) => withRecords(journal, 'runner', (record) => ({ ...record, type: 'runner.emptied' })), 'I13: runner record 0: runner record 0: runner.emptied is impossible in "idle"'],
    ['a position that is missing', (journal) => ({ ...journal, firstGap: () => 3 }), 'I13: position 3 is missing, and behind 0 none may be'],
    ['more of an array than may run', (journal) => ({ ...journal, listTasks: (filter) => journal.listTasks(filter).map((row) => ({ ...row, placed: row.array !== null })) }), 'I16: x has 2 tasks that hold a place, 1 may'],
  ])('is not passed with %s', async (_, change, sentence) => {
    expect(found(change(await lived()))).toContain(sentence)
  }) // prettier-ignore

  it('is not passed with a stream that cannot be read, and the others are looked at all the same', async () => {
    const journal = await lived()
    const damaged: JournalReader = {
      ...journal,
      readStream(stream, fromSeq, limit) {
        if (stream === taskStream('good')) throw new RunnerError('JOURNAL_CORRUPT', 'a checksum does not match')
        return journal.readStream(stream, fromSeq, limit)
      },
    }
    expect(found(withRow(damaged, 'bad', { cancelReason: 'x' }))).toEqual([
      'I13: bad is stored with another cancelReason than its records lead to',
      'I13: task:good cannot be read: a checksum does not match',
    ])
  })
})
