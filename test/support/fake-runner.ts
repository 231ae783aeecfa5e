import { EventEmitter, on } from 'node:events'
import { createHash } from 'node:crypto'
import { RunnerError } from '../../src/domain/errors.ts'
import type { PublicEvent } from '../../src/domain/events.ts'
import { endedStatuses, taskStatuses, type TaskResult, type TaskStatus } from '../../src/domain/result.ts'
import type { AuditReport } from '../../src/runner/auditor.ts'
import { parseSubmission } from '../../src/domain/task-spec.ts'
import { firstRow } from '../../src/runner/task-row.ts'
import { createFakeArrays } from './fake-arrays.ts'
import { unknownTask } from '../../src/domain/unknown-task.ts'
import type { JournalRecord, TaskRow } from '../../src/ports/journal.ts'
import type { LogOptions, LogPiece, Runner, RunnerStatus, Task } from '../../src/runner/api.ts'

type Stream = 'stdout' | 'stderr'

/** A runner in memory that runs nothing: the test plays the task. What servers do with a `Runner` is tested on it. */
export const createFakeRunner = () => {
  const rows = new Map<string, TaskRow>()
  const logs = new Map<string, Buffer>()
  const holes = new Map<string, { from: number; to: number }>()
  const records: JournalRecord[] = []
  let [followers, taken] = [0, 0]
  const changes = new EventEmitter().setMaxListeners(0)
  const state: {
    value: RunnerStatus['state']
    trouble: RunnerStatus['journalTrouble']
    refuse: Error | null
    horizon: number
    audit: AuditReport
  } = {
    value: 'accepting',
    trouble: null,
    refuse: null,
    horizon: 0,
    audit: {
      looks: 2,
      at: 1_000,
      tookMs: 3,
      failure: null,
      invariants: [
        { name: 'I7', says: 'all is owned', armed: true, violations: [], seen: 0 },
        { name: 'I14', says: 'no secret', armed: false, violations: [], seen: 0 },
      ],
    },
  }
  const fileName = (id: string, attempt: number, stream: Stream) => `${id}.${attempt}.${stream}`

  const rowOf = (id: string): TaskRow => {
    const row = rows.get(id)
    if (!row) throw unknownTask(id)
    return row
  }
  const change = (id: string, patch: Partial<TaskRow>): TaskRow => {
    const row = { ...rowOf(id), ...patch }
    rows.set(id, row)
    changes.emit('change')
    return row
  }
  const resultOf = (row: TaskRow, status: TaskResult['status'], patch: Partial<TaskResult>): TaskResult => ({
    id: row.id, status, exit: { code: 0, signal: null, oomKilled: false }, image: null, failure: null, attempts: row.attempt, submittedAt: row.submittedAt,
    startedAt: 1, completedAt: 2, latencyMs: 1, collected: null, context: {}, ...patch,
  }) // prettier-ignore

  const end = (id: string, status: TaskResult['status'] = 'completed', patch: Partial<TaskResult> = {}) =>
    change(id, { status, placed: false, completedAt: 2, failure: patch.failure ?? null, result: resultOf(rowOf(id), status, patch) })

  async function* read(
    id: string,
    { streams = ['stdout', 'stderr'], attempt, offset = 0, follow = false, signal }: LogOptions,
  ): AsyncGenerator<LogPiece> {
    const next = new Map<Stream, number>(streams.map((stream) => [stream, offset]))
    const waiting = follow ? on(changes, 'change', { ...(signal && { signal }) }) : null
    try {
      for (;;) {
        const row = rowOf(id)
        for (const stream of streams) {
          const bytes = logs.get(fileName(id, attempt ?? row.attempt, stream)) ?? Buffer.alloc(0)
          const hole = holes.get(fileName(id, attempt ?? row.attempt, stream))
          for (let from = next.get(stream)!; from < bytes.length; from = next.get(stream)!) {
            const gap = hole && from === hole.from ? hole.to - hole.from : 0
            const to = hole && from < hole.from ? hole.from : bytes.length
            next.set(stream, gap ? bytes.length : to)
            yield {
              stream,
              attempt: attempt ?? row.attempt,
              offset: from + gap,
              gap,
              bytes: bytes.subarray(from + gap, gap ? bytes.length : to),
            }
          }
        }
        if (!waiting || endedStatuses.has(row.status)) return
        try {
          await waiting.next()
        } catch (cause) {
          if (signal?.aborted) return
          throw cause
        }
      }
    } finally {
      await waiting?.return?.()
      fake.openReads--
    }
  }

  const taskOf = (id: string, created: boolean): Task => ({
    id,
    created,
    status: () => rowOf(id),
    async *updates() {},
    async result(signal) {
      for (;;) {
        const { result } = rowOf(id)
        if (result) return result
        await new Promise<void>((resolve, reject) => {
          const aborted = () => reject(signal!.reason as Error)
          if (signal?.aborted) {
            aborted()
            return
          }
          signal?.addEventListener('abort', aborted, { once: true })
          changes.once('change', () => {
            signal?.removeEventListener('abort', aborted)
            resolve()
          })
        })
      }
    },
    logs: (options = {}) => {
      fake.openReads++
      return read(id, options)
    },
    async cancel(reason = 'cancelled') {
      const row = rowOf(id)
      return endedStatuses.has(row.status) ? row : change(id, { cancelReason: row.cancelReason ?? reason })
    },
  })

  async function* endingWith<T>(items: readonly T[]): AsyncGenerator<T> {
    yield* items
  }

  async function* follow(wanted: (record: JournalRecord) => boolean, signal?: AbortSignal): AsyncGenerator<JournalRecord> {
    followers++
    try {
      for (let next = 0; !signal?.aborted;) {
        for (; next < records.length && !signal?.aborted; next++)
          if (wanted(records[next]!)) {
            taken++
            yield records[next]!
          }
        if (signal?.aborted) return
        await new Promise<void>((resolve) => {
          const woken = () => {
            changes.off('change', woken)
            signal?.removeEventListener('abort', woken)
            resolve()
          }
          changes.on('change', woken)
          signal?.addEventListener('abort', woken)
        })
      }
    } finally {
      followers--
    }
  }

  const runner: Runner = {
    async submit(submission) {
      if (state.refuse) throw state.refuse
      const spec = parseSubmission(submission, () => `t${rows.size + 1}`, { unitsMax: 100_000, depthMax: 64 })
      const specDigest = createHash('sha256').update(JSON.stringify(spec)).digest('hex')
      const known = rows.get(spec.id)
      if (known && known.specDigest !== specDigest)
        throw new RunnerError('TASK_CONFLICT', `the id ${spec.id} belongs to another task`, { path: 'id', hint: 'Choose another id' })
      if (!known) rows.set(spec.id, firstRow(spec, specDigest, rows.size))
      return taskOf(spec.id, !known)
    },
    task: (id) => (rowOf(id), taskOf(id, false)),
    ...createFakeArrays(rows),
    list: ({ status, class: taskClass, tenant, workflowId, arrayId, after, limit }) => {
      const newest = [...rows.values()].reverse()
      return newest
        .slice(after === undefined ? 0 : newest.findIndex(({ id }) => id === after) + 1)
        .filter(
          (row) =>
            (!status || status.includes(row.status)) && (!taskClass || row.class === taskClass) && (!tenant || row.tenant === tenant),
        )
        .filter((row) => (!workflowId || row.workflowId === workflowId) && (!arrayId || row.array?.id === arrayId))
        .slice(0, limit)
    },
    history: (id, fromSeq = 0) => {
      rowOf(id)
      const record = (seq: number): JournalRecord => ({
        position: seq + 1,
        stream: `task:${id}`,
        seq,
        at: seq,
        type: 'task.submitted',
        data: {},
        state: null,
        public: [],
      })
      return [0, 1, 2].filter((seq) => seq >= fromSeq).map(record)
    },
    records: (after, { signal } = {}) => follow((record) => record.position > after, signal),
    recordsOf: (ids, after = 0) => {
      const streams = new Set([...ids].map((id) => (rowOf(id), `task:${id}`)))
      return endingWith(records.filter((record) => streams.has(record.stream) && record.position > after))
    },
    positionSince: (since) => records.find(({ at }) => at >= since)?.position ?? records.length + 1,
    explain: (id) => (rowOf(id), ['it was submitted', 'it waits for a place']),
    logPaths: (id, attempt) => ({ stdout: `/logs/${id}.${attempt}.stdout`, stderr: `/logs/${id}.${attempt}.stderr` }),
    status: () => ({
      runnerId: 'fake',
      state: state.value,
      tasks: Object.fromEntries(
        taskStatuses.map((status) => [status, [...rows.values()].filter((row) => row.status === status).length]),
      ) as Record<TaskStatus, number>,
      places: {},
      journalTrouble: state.trouble,
      lastPosition: records.length,
      horizon: state.horizon,
      lastAt: records.at(-1)?.at ?? 0,
    }),
    auditReport: () => state.audit,
    audit: async () => state.audit,
    async pause() {},
    async resume() {},
    async drain() {},
    async close() {},
  }

  const fake = {
    runner,
    state,
    /** Readers of logs that have not been let go. */
    openReads: 0,
    logs: {
      size: async ({ taskId, attempt }: { taskId: string; attempt: number }, stream: string) =>
        logs.get(fileName(taskId, attempt, stream as Stream))?.length ?? 0,
      hole: async ({ taskId, attempt }: { taskId: string; attempt: number }, stream: Stream) =>
        holes.get(fileName(taskId, attempt, stream)) ?? null,
    },
    /** Begins the next attempt. */
    start: (id: string) => change(id, { status: 'running', placed: true, attempt: rowOf(id).attempt + 1, startedAt: 1 }),
    print: (id: string, stream: Stream, text: string | Uint8Array) => {
      const name = fileName(id, rowOf(id).attempt, stream)
      logs.set(name, Buffer.concat([logs.get(name) ?? Buffer.alloc(0), Buffer.from(text)]))
      changes.emit('change')
    },
    /** Puts a record into the journal, of a task or, without an id, of the runner: what happened, and what is told of it. */
    tell: (id: string | null, events: readonly PublicEvent[], more: Partial<JournalRecord> = {}) => {
      const stream = id === null ? 'runner' : `task:${id}`
      const seq = records.filter((record) => record.stream === stream).length
      const position = records.length + 1
      records.push({ position, stream, seq, at: position * 1_000, type: 'told', data: {}, state: null, public: events, ...more })
      changes.emit('change')
      return position
    },
    /** Followers of the journal that have not been let go. */
    followers: () => followers,
    /** Records that they have been given, together. */
    taken: () => taken,
    /** Gives bytes of stdout back. */
    punch: (id: string, from: number, to: number) => void holes.set(fileName(id, rowOf(id).attempt, 'stdout'), { from, to }),
    end,
  }
  return fake
}
