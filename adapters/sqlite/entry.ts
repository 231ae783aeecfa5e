import { crc32 } from 'node:zlib'
import type { PublicEvent } from '../../src/domain/events.ts'
import type { Json, JsonObject } from '../../src/domain/json.ts'
import type { JournalEntry, JournalRecord, StreamName, TaskRow } from '../../src/ports/journal.ts'
import { corruptStream } from './errors.ts'
import { recordColumns, streamOf, taskColumns } from './schema.ts'

export type Cell = string | number | null

/** Entries as one flat array of cells, `batchWidth` for each: the record's columns, then the task's (all null without a row).
 * Strings and numbers alone, because structured clone copies those cheaply: 2.3 to 3.3 µs an entry on the main thread, JSON included,
 * and 4 µs with the worker's part, against 4.4 and 15 µs for cloning the entries as they are (docs/decisions/0001). */
export type Batch = readonly Cell[]

const recordWidth = recordColumns.length
export const batchWidth = recordWidth + taskColumns.length

export const recordCells = (batch: Batch, offset: number): Cell[] => batch.slice(offset, offset + recordWidth)
export const taskCells = (batch: Batch, offset: number): Cell[] => batch.slice(offset + recordWidth, offset + batchWidth)

/** Covers every column of a record but itself. JSON holds no raw line break, names neither. */
export const checksumOf = (record: readonly Cell[]): number => crc32(record.join('\n'))

const noTask: readonly null[] = taskColumns.map(() => null)

/** @param storedAs the name under which a stream is stored: its own, unless it was put aside once */
export const encodeBatch = (entries: readonly JournalEntry[], storedAs: (stream: StreamName) => string): Batch => {
  const cells: Cell[] = []
  for (const { record, row } of entries) {
    cells.push(record.position, storedAs(record.stream), record.seq, record.at, record.type)
    cells.push(row && encodeRow(row), record.state && JSON.stringify(record.state))
    cells.push(record.public.length > 0 ? JSON.stringify(record.public) : null, JSON.stringify(record.data))
    if (row) {
      const { array } = row
      cells.push(row.status, row.class, row.tenant, row.workflowId, array && array.id, array && array.index, array && array.concurrency)
      cells.push(row.priority, row.cpuMillicores, row.memoryBytes, row.submittedAt, row.specDigest, row.id)
    } else cells.push(...noTask)
  }
  return cells
}

/** The part of a row that later events change; null fields are left out. */
const encodeRow = (row: TaskRow): string =>
  JSON.stringify({
    status: row.status,
    placed: row.placed,
    attempt: row.attempt,
    startedAt: row.startedAt ?? undefined,
    completedAt: row.completedAt ?? undefined,
    failure: row.failure ?? undefined,
    cancelReason: row.cancelReason ?? undefined,
    progress: row.progress ?? undefined,
    result: row.result ?? undefined,
  })

type StoredRow = Pick<TaskRow, 'status' | 'placed' | 'attempt'> &
  Partial<Pick<TaskRow, 'startedAt' | 'completedAt' | 'failure' | 'cancelReason' | 'progress' | 'result'>>

/** Columns of a task as `decodeRow` wants them, of `tasks t LEFT JOIN records r`. */
export const rowColumns =
  't.first_position, t.id, t.spec_digest, t.class, t.tenant, t.workflow_id, t.priority, t.cpu_millicores, t.memory_bytes, t.submitted_at, r.row, t.array_id, t.array_index, t.array_concurrency'

/** @throws RunnerError `JOURNAL_CORRUPT` when the task's last record is missing or unreadable */
export const decodeRow = (cells: readonly Cell[]): TaskRow => {
  const id = cells[1] as string
  const { status, placed, attempt, startedAt, completedAt, failure, cancelReason, progress, result } = parseRow(id, cells[10] ?? null)
  return {
    id,
    specDigest: cells[2] as string,
    class: cells[3] as TaskRow['class'],
    tenant: cells[4] as string,
    workflowId: cells[5] as string | null,
    array: cells[11] === null ? null : { id: cells[11] as string, index: cells[12] as number, concurrency: cells[13] as number | null },
    priority: cells[6] as number,
    cpuMillicores: cells[7] as number,
    memoryBytes: cells[8] as number,
    status,
    placed,
    attempt,
    submittedAt: cells[9] as number,
    startedAt: startedAt ?? null,
    completedAt: completedAt ?? null,
    failure: failure ?? null,
    cancelReason: cancelReason ?? null,
    result: result ?? null,
    progress: progress ?? null,
  }
}

/** @throws RunnerError `JOURNAL_CORRUPT` */
export const parseRow = (taskId: string, text: Cell): StoredRow => {
  if (typeof text !== 'string') throw corruptStream(`task:${taskId}`, 'the record of its last row is missing')
  try {
    return JSON.parse(text) as StoredRow
  } catch (cause) {
    throw corruptStream(`task:${taskId}`, 'its last row is not JSON', cause)
  }
}

/** Null when the checksum agrees and every document parses; else what is wrong. */
export const faultOf = (cells: readonly Cell[], checksum: Cell): string | null => {
  if (checksumOf(cells) !== checksum) return 'its checksum does not match'
  try {
    decodeRecord(cells)
    return null
  } catch {
    return 'it is not JSON'
  }
}

/** Cells in the order of `recordColumns`. @throws SyntaxError */
export const decodeRecord = (cells: readonly Cell[]): JournalRecord => ({
  position: cells[0] as number,
  stream: streamOf(cells[1] as string),
  seq: cells[2] as number,
  at: cells[3] as number,
  type: cells[4] as string,
  data: parse(cells[8]) as JsonObject,
  state: parse(cells[6]) as JsonObject | null,
  public: (parse(cells[7]) ?? []) as unknown as readonly PublicEvent[],
})

const parse = (text: Cell | undefined): Json => (typeof text === 'string' ? (JSON.parse(text) as Json) : null)

/** @throws RunnerError `JOURNAL_CORRUPT`, naming stream and seq */
export const readRecord = (cells: readonly Cell[], checksum: Cell): JournalRecord => {
  if (checksumOf(cells) !== checksum)
    throw corruptStream(streamOf(String(cells[1])), `the checksum of seq ${cells[2]} (position ${cells[0]}) does not match`)
  try {
    return decodeRecord(cells)
  } catch (cause) {
    throw corruptStream(streamOf(String(cells[1])), `seq ${cells[2]} (position ${cells[0]}) is not JSON`, cause)
  }
}
