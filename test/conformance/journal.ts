import { afterEach, describe, expect, it } from 'vitest'
import { failure } from '../../src/domain/errors.ts'
import { taskStatuses, type TaskStatus } from '../../src/domain/result.ts'
import { taskStream, type Journal, type JournalEntry, type TaskRow } from '../../src/ports/journal.ts'

/** A journal under test. `reopen` closes it and opens what it stored; `dispose` removes everything. */
export interface JournalUnderTest {
  readonly journal: Journal
  reopen(): Promise<Journal>
  dispose(): Promise<void>
}

/** Row of a task that was just submitted. */
export const pendingRow = (id: string, changes: Partial<TaskRow> = {}): TaskRow => ({
  id,
  specDigest: 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
  class: 'cpu_short',
  tenant: 'default',
  workflowId: null,
  array: null,
  priority: 0,
  cpuMillicores: 500,
  memoryBytes: 268_435_456,
  status: 'pending',
  placed: false,
  attempt: 0,
  submittedAt: 1_000,
  startedAt: null,
  completedAt: null,
  failure: null,
  cancelReason: null,
  result: null,
  progress: null,
  ...changes,
})

/** A row in which no field is empty. */
const fullRow = (id: string): TaskRow =>
  pendingRow(id, {
    workflowId: 'wf-1',
    array: { id: 'sweep', index: 9_999, concurrency: 3 },
    priority: -7,
    memoryBytes: 2 ** 50,
    status: 'failed',
    attempt: 3,
    startedAt: 1_200,
    completedAt: 1_900,
    failure: { ...failure('EXIT_NONZERO', 'it ended with 7'), hint: 'See its logs' },
    cancelReason: 'no longer wanted',
    progress: { percent: 42.5, step: 'träin\u0000\ud800', message: null },
    result: {
      id,
      status: 'failed',
      exit: { code: 7, signal: null, oomKilled: false },
      image: null,
      failure: failure('EXIT_NONZERO', 'it ended with 7'),
      attempts: 3,
      submittedAt: 1_000,
      startedAt: 1_200,
      completedAt: 1_900,
      latencyMs: 12.5,
      collected: null,
      context: { anything: ['kept', { as: 'it was' }] },
    },
  })

/** Entries in the order given, positions and seqs filled in; `at` grows by one for each. */
export const scripted = (after: { position: number; at: number } = { position: 0, at: 999 }) => {
  let { position, at } = after
  const next = new Map<string, number>()
  const entry = (stream: string, row: TaskRow | null, record: Partial<JournalEntry['record']> = {}): JournalEntry => {
    const seq = next.get(stream) ?? 0
    next.set(stream, seq + 1)
    position += 1
    at += 1
    return {
      record: {
        position,
        stream,
        seq,
        at,
        type: 'task.submitted',
        data: { n: position },
        state: { value: 'pending', context: {} },
        public: [],
        ...record,
      },
      row,
    }
  }
  return {
    entry,
    /** What a task's next event leads to. */
    task: (id: string, changes: Partial<TaskRow> = {}): JournalEntry =>
      entry(taskStream(id), pendingRow(id, { submittedAt: at + 1, ...changes })),
  }
}

const ids = (rows: readonly TaskRow[]): string[] => rows.map(({ id }) => id)
const liveIds = (journal: Journal): string[] => {
  const found: string[] = []
  journal.eachLiveTask(({ id }) => found.push(id))
  return found
}
const positions = (records: readonly { position: number }[]): number[] => records.map(({ position }) => position)
const counts = (some: Partial<Record<TaskStatus, number>>) => ({
  ...Object.fromEntries(taskStatuses.map((status) => [status, 0])),
  ...some,
})

/** What every journal keeps to. Called by the test file of each adapter. */
export const conformsToJournal = (create: () => Promise<JournalUnderTest>): void => {
  let underTest: JournalUnderTest | null = null
  const start = async (): Promise<Journal> => (underTest = await create()).journal
  afterEach(async () => {
    await underTest?.dispose()
    underTest = null
  })

  describe('a new journal', () => {
    it('is empty', async () => {
      const journal = await start()
      expect([journal.lastPosition(), journal.lastAt(), journal.positionSince(0)]).toEqual([0, 0, 1])
      expect([journal.readAfter(0, 10), journal.readStream('runner', 0, 10), journal.listTasks({ limit: 10 }), liveIds(journal)]).toEqual([
        [],
        [],
        [],
        [],
      ])
      expect(journal.findTask('a')).toBeNull()
      expect(journal.countTasks()).toEqual(counts({}))
      expect([journal.quarantined(), journal.warnings]).toEqual([[], []])
    })
  })

  describe('append', () => {
    it('gives back every record as it was', async () => {
      const journal = await start()
      const { entry } = scripted()
      const entries = [
        entry('task:a', null, {
          data: { text: 'ünï \u0000 \ud83d\ude00 "\n', numbers: [0, -1.5, 1e21, 2 ** 53], nested: { empty: {}, none: null } },
        }),
        entry('task:a', null, {
          state: null,
          type: 'task.progressed',
          public: [
            { type: 'task_progress', data: { percent: 1 } },
            { type: 'task_retrying', data: {} },
          ],
        }),
        entry('gpu:6ba7b810-9dad', null, { state: { value: { running: 'executing' }, context: { attempt: 1 } }, data: {} }),
      ]
      await journal.append(entries)
      const records = entries.map(({ record }) => record)
      expect(journal.readAfter(0, 10)).toEqual(records)
      expect(journal.readStream('task:a', 0, 10)).toEqual(records.slice(0, 2))
      expect(journal.readStream('gpu:6ba7b810-9dad', 0, 10)).toEqual(records.slice(2))
      expect([journal.lastPosition(), journal.lastAt()]).toEqual([3, records[2]!.at])
    })

    it('shows nothing before it is committed, and all of it after', async () => {
      const journal = await start()
      const script = scripted()
      const done = journal.append([script.task('a'), script.entry('runner', null), script.task('b')])
      const before = journal.lastPosition()
      expect([0, 3]).toContain(before)
      expect(ids(journal.listTasks({ limit: 10 })).length).toBe(before === 0 ? 0 : 2)
      await done
      expect(journal.lastPosition()).toBe(3)
      expect(ids(journal.listTasks({ limit: 10 }))).toEqual(['b', 'a'])
    })

    it('takes an empty batch as done', async () => {
      const journal = await start()
      await journal.append([])
      expect(journal.lastPosition()).toBe(0)
    })

    it('stores nothing twice when a commit is repeated, alone or with more', async () => {
      const journal = await start()
      const script = scripted()
      const first = [script.task('a'), script.task('b')]
      await journal.append(first)
      await journal.append(first)
      const second = [script.task('a', { status: 'preparing' }), script.task('c')]
      await journal.append([...first, ...second])
      await journal.append([first[1]!, ...second])
      expect(positions(journal.readAfter(0, 10))).toEqual([1, 2, 3, 4])
      expect(journal.findTask('a')?.status).toBe('preparing')
      expect(journal.countTasks()).toEqual(counts({ pending: 2, preparing: 1 }))
      const { tenant } = journal.findTask('a')!
      expect([journal.countTasks(tenant), journal.countTasks('nobody')]).toEqual([counts({ pending: 2, preparing: 1 }), counts({})])
    })

    it.each([
      [
        'a gap in the positions',
        (entries: JournalEntry[]) => [entries[0]!, { ...entries[1]!, record: { ...entries[1]!.record, position: 9 } }],
      ],
      [
        'a stream and seq that stand elsewhere',
        (entries: JournalEntry[]) => [entries[0]!, { ...entries[1]!, record: { ...entries[1]!.record, stream: 'task:x', seq: 0 } }],
      ],
      [
        'a position that holds something else',
        (entries: JournalEntry[]) => [{ ...entries[0]!, record: { ...entries[0]!.record, position: 1 } }, entries[1]!],
      ],
    ])('refuses %s, stores none of the batch, and goes on', async (_, spoil) => {
      const journal = await start()
      const script = scripted()
      await journal.append([script.task('x')])
      const entries = [script.task('a'), script.task('b')]
      await expect(journal.append(spoil(entries))).rejects.toMatchObject({ name: 'RunnerError', code: 'JOURNAL_UNAVAILABLE' })
      expect([journal.lastPosition(), ids(journal.listTasks({ limit: 10 }))]).toEqual([1, ['x']])
      expect(journal.countTasks()).toEqual(counts({ pending: 1 }))
      await journal.append(entries)
      expect(ids(journal.listTasks({ limit: 10 }))).toEqual(['b', 'a', 'x'])
    })

    it('takes a large batch whole', async () => {
      const journal = await start()
      const script = scripted()
      await journal.append(Array.from({ length: 2_500 }, (_, index) => script.task(`t${index}`)))
      expect([journal.lastPosition(), journal.countTasks().pending]).toEqual([2_500, 2_500])
    })

    it('is refused once the journal is closed', async () => {
      const journal = await start()
      await journal.close()
      await expect(journal.append([scripted().task('a')])).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
    })

    it('is the last thing: a closed journal is not read either', async () => {
      const journal = await start()
      await journal.append([scripted().task('a')])
      await journal.close()
      const reads: (() => unknown)[] = [
        () => journal.lastPosition(),
        () => journal.findTask('a'),
        () => journal.readStream('task:a', 0, 1),
        () => journal.readAfter(0, 1),
        () => journal.listTasks({ limit: 1 }),
        () => journal.countTasks(),
        () => journal.countArray('a'),
        () => journal.unfinishedArrays(),
        () => journal.oldestPendingAt(),
        () => journal.eachLiveTask(() => undefined),
      ]
      for (const read of reads) expect(read).toThrow(expect.objectContaining({ name: 'RunnerError', code: 'JOURNAL_UNAVAILABLE' }))
    })
  })

  describe('rows', () => {
    it('are given back field by field', async () => {
      const journal = await start()
      const script = scripted()
      await journal.append([script.entry('task:full', fullRow('full')), script.entry('task:bare', pendingRow('bare'))])
      expect(journal.findTask('full')).toEqual(fullRow('full'))
      expect(journal.findTask('bare')).toEqual(pendingRow('bare'))
      expect(journal.listTasks({ limit: 10 })).toEqual([pendingRow('bare'), fullRow('full')])
    })

    it('are replaced as a whole by the record after', async () => {
      const journal = await start()
      const { entry } = scripted()
      await journal.append([entry('task:a', fullRow('a')), entry('task:a', pendingRow('a', { priority: 3, tenant: 'acme', class: 'gpu' }))])
      expect(journal.findTask('a')).toEqual(pendingRow('a', { priority: 3, tenant: 'acme', class: 'gpu' }))
    })

    it('stay as they are under a record without one', async () => {
      const journal = await start()
      const { entry } = scripted()
      await journal.append([entry('task:a', pendingRow('a')), entry('task:a', null)])
      expect(journal.findTask('a')).toEqual(pendingRow('a'))
    })

    it('are counted by their last status', async () => {
      const journal = await start()
      const script = scripted()
      await journal.append([
        script.task('a'),
        script.task('b'),
        script.task('a', { status: 'preparing' }),
        script.task('a', { status: 'running' }),
      ])
      expect(journal.countTasks()).toEqual(counts({ pending: 1, running: 1 }))
      await journal.append([script.task('a', { status: 'completed' }), script.task('b', { status: 'cancelled' })])
      expect(journal.countTasks()).toEqual(counts({ completed: 1, cancelled: 1 }))
    })
  })

  describe('lists', () => {
    const spread = async (journal: Journal): Promise<void> => {
      const script = scripted()
      await journal.append([
        script.task('a', { tenant: 'acme' }),
        script.task('b', { class: 'gpu' }),
        script.task('c', { tenant: 'acme', class: 'gpu' }),
        script.task('d'),
        script.task('e', { tenant: 'acme' }),
        script.task('b', { class: 'gpu', status: 'running' }),
        script.task('a', { tenant: 'acme', status: 'completed' }),
      ])
    }

    it.each([
      [{}, ['e', 'd', 'c', 'b', 'a']],
      [{ status: ['pending'] as const }, ['e', 'd', 'c']],
      [{ status: ['completed', 'running', 'running'] as const }, ['b', 'a']],
      [{ status: [] as const }, []],
      [{ class: 'gpu' as const }, ['c', 'b']],
      [{ class: 'gpu_slurm' as const }, []],
      [{ tenant: 'acme' }, ['e', 'c', 'a']],
      [{ tenant: "nobody' OR 1=1" }, []],
      [{ tenant: 'acme', class: 'cpu_short' as const }, ['e', 'a']],
      [{ tenant: 'acme', class: 'cpu_short' as const, status: ['pending'] as const }, ['e']],
      [{ after: 'c' }, ['b', 'a']],
      [{ after: 'e', tenant: 'acme' }, ['c', 'a']],
      [{ after: 'd', status: ['pending'] as const, class: 'gpu' as const }, ['c']],
      [{ after: 'a' }, []],
    ])('are filtered by %j, newest submission first', async (filter, expected) => {
      const journal = await start()
      await spread(journal)
      expect(ids(journal.listTasks({ ...filter, limit: 100 }))).toEqual(expected)
      expect(ids(journal.listTasks({ ...filter, limit: 2 }))).toEqual(expected.slice(0, 2))
    })

    it('give every task once, page by page, while tasks change between the pages', async () => {
      const journal = await start()
      const script = scripted()
      const all = Array.from({ length: 25 }, (_, index) => `t${index}`)
      await journal.append(all.map((id) => script.task(id)))
      const seen: string[] = []
      for (let page = journal.listTasks({ limit: 10 }); page.length > 0; page = journal.listTasks({ limit: 10, after: page.at(-1)!.id })) {
        seen.push(...ids(page))
        await journal.append([script.task(page[0]!.id, { status: 'running' }), script.task(`new${seen.length}`)])
      }
      expect(seen).toEqual(all.toReversed())
    })

    it('refuse to go on after a task that is not known', async () => {
      const journal = await start()
      expect(() => journal.listTasks({ limit: 10, after: 'nobody' })).toThrow(
        expect.objectContaining({ name: 'RunnerError', code: 'NOT_FOUND', path: 'after' }),
      )
    })
  })

  describe('eachLiveTask', () => {
    it('visits what has not ended, in order of submission, whatever the status', async () => {
      const journal = await start()
      const script = scripted()
      await journal.append(taskStatuses.toReversed().map((status) => script.task(status)))
      await journal.append(taskStatuses.map((status) => script.task(status, { status })))
      expect(liveIds(journal)).toEqual(['retrying', 'collecting', 'running', 'preparing', 'pending'])
    })

    it('passes on what a visitor throws, and can be read while it visits', async () => {
      const journal = await start()
      const script = scripted()
      await journal.append([script.task('a'), script.task('b')])
      expect(() =>
        journal.eachLiveTask(() => {
          throw new Error('stop')
        }),
      ).toThrow('stop')
      const read: number[] = []
      journal.eachLiveTask(({ id }) => read.push(journal.readStream(taskStream(id), 0, 10).length))
      expect(read).toEqual([1, 1])
    })
  })

  describe('reading', () => {
    it('gives streams and the whole from a place on, in order, up to a limit', async () => {
      const journal = await start()
      const script = scripted()
      await journal.append([script.task('a'), script.entry('runner', null), script.task('a'), script.task('ab'), script.task('a')])
      expect(journal.readStream('task:a', 1, 10).map(({ seq, position }) => [seq, position])).toEqual([
        [1, 3],
        [2, 5],
      ])
      expect(positions(journal.readStream('task:a', 0, 2))).toEqual([1, 3])
      expect(journal.readStream('task:a', 3, 10)).toEqual([])
      expect(positions(journal.readAfter(2, 2))).toEqual([3, 4])
      expect(journal.readAfter(5, 10)).toEqual([])
    })

    it('finds the first position of a time', async () => {
      const journal = await start()
      const { entry } = scripted()
      await journal.append([
        entry('runner', null, { at: 10 }),
        entry('runner', null, { at: 20 }),
        entry('runner', null, { at: 20 }),
        entry('runner', null, { at: 20.5 }),
      ])
      expect([0, 10, 11, 20, 20.1, 21].map((since) => journal.positionSince(since))).toEqual([1, 1, 2, 2, 4, 5])
    })
  })

  describe('oldestPendingAt', () => {
    it('is the submission of the first that is pending, of whatever class; of none that has gone on', async () => {
      const journal = await start()
      const script = scripted()
      const at = (id: string, submittedAt: number, changes: Partial<TaskRow> = {}) => script.task(id, { submittedAt, ...changes })
      expect(journal.oldestPendingAt()).toBeNull()
      await journal.append([at('a', 5), at('b', 6, { class: 'cpu_long' }), at('c', 7)])
      expect(journal.oldestPendingAt()).toBe(5)
      await journal.append([at('a', 5, { status: 'preparing' })])
      expect(journal.oldestPendingAt()).toBe(6)
      await journal.append([at('a', 5, { status: 'retrying' }), at('b', 6, { class: 'cpu_long', status: 'cancelled' })])
      expect(journal.oldestPendingAt()).toBe(7)
    })
  })

  describe('quarantine', () => {
    it('hides the stream and its task, and nothing else', async () => {
      const journal = await start()
      const script = scripted()
      await journal.append([script.task('a'), script.task('b'), script.task('a', { status: 'running' }), script.task('b')])
      journal.quarantine('task:a', 'seq 1 is torn', 77)
      journal.quarantine('task:a', 'again', 78)
      expect(journal.quarantined()).toEqual([{ stream: 'task:a', reason: 'seq 1 is torn', at: 77 }])
      expect(journal.readStream('task:a', 0, 10)).toEqual([])
      expect(positions(journal.readAfter(0, 10))).toEqual([2, 4])
      expect([liveIds(journal), ids(journal.listTasks({ limit: 10 })), journal.findTask('a')]).toEqual([['b'], ['b'], null])
      expect(journal.countTasks()).toEqual(counts({ pending: 1 }))
      expect(journal.lastPosition()).toBe(4)
    })

    it('frees the name for a new beginning, which may be put aside too', async () => {
      const journal = await start()
      const script = scripted()
      await journal.append([script.task('a'), script.entry('runner', null)])
      journal.quarantine('task:a', 'first', 1)
      const anew = scripted({ position: 2, at: 2_000 })
      await journal.append([anew.task('a', { priority: 1 }), anew.task('a', { priority: 2 })])
      expect(journal.readStream('task:a', 0, 10).map(({ seq, position, stream }) => [stream, seq, position])).toEqual([
        ['task:a', 0, 3],
        ['task:a', 1, 4],
      ])
      expect(journal.readAfter(0, 10).map(({ stream, position }) => [stream, position])).toEqual([
        ['runner', 2],
        ['task:a', 3],
        ['task:a', 4],
      ])
      expect([journal.findTask('a')?.priority, liveIds(journal)]).toEqual([2, ['a']])
      journal.quarantine('task:a', 'second', 2)
      expect(journal.quarantined().map(({ reason }) => reason)).toEqual(['first', 'second'])
      expect([positions(journal.readAfter(0, 10)), liveIds(journal), journal.countTasks()]).toEqual([[2], [], counts({})])
    })

    it('notes a stream that has no records', async () => {
      const journal = await start()
      journal.quarantine('service:redis', 'unreadable', 5)
      expect(journal.quarantined()).toEqual([{ stream: 'service:redis', reason: 'unreadable', at: 5 }])
    })
  })

  describe('opened again', () => {
    it('has everything that was acknowledged, and goes on where it was', async () => {
      const journal = await start()
      const script = scripted()
      const entries = [
        script.task('a'),
        script.task('b'),
        script.task('b', { status: 'running' }),
        script.task('q'),
        script.task('c', { status: 'completed' }),
      ]
      await journal.append(entries)
      journal.quarantine('task:q', 'for a reason', 9)
      const again = await underTest!.reopen()
      expect(again.readAfter(0, 10)).toEqual(entries.filter(({ record }) => record.stream !== 'task:q').map(({ record }) => record))
      expect([again.lastPosition(), again.lastAt(), again.warnings]).toEqual([5, entries[4]!.record.at, []])
      expect([again.findTask('b')?.status, liveIds(again)]).toEqual(['running', ['a', 'b']])
      expect(again.countTasks()).toEqual(counts({ pending: 1, running: 1, completed: 1 }))
      expect(again.quarantined()).toEqual([{ stream: 'task:q', reason: 'for a reason', at: 9 }])
      await again.append(entries) // the answer to the last commit may have been lost
      await again.append([script.task('d')])
      expect(again.lastPosition()).toBe(6)
    })

    it('has an append that was still under way when it was closed', async () => {
      const journal = await start()
      const appended = journal.append([scripted().task('a')])
      const again = await underTest!.reopen()
      await appended
      expect(again.findTask('a')).not.toBeNull()
    })

    it('closes twice without complaint', async () => {
      const journal = await start()
      await journal.close()
      await journal.close()
      expect((await underTest!.reopen()).lastPosition()).toBe(0)
    })
  })
}
