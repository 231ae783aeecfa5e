import { initialTransition, transition } from 'xstate'
import { arrayMachine } from '../../machines/array/array.machine.ts'
import { unknownArray, type ArraySpec } from '../domain/array-spec.ts'
import { RunnerError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/json.ts'
import { taskIdPattern } from '../domain/task-spec.ts'
import { arrayStream, type JournalReader } from '../ports/journal.ts'
import type { ArrayStatus } from './api.ts'
import type { Draft } from './commit-log.ts'
import { stateOf } from './journalled-actor.ts'

/** What `array.submitted` carries: enough to make every task of the array, for ever. */
export interface SubmittedArrayData {
  readonly spec: ArraySpec
  /** Equal for equal submissions. */
  readonly digest: string
}

/** What is asked of an array again and again, without its template and its items. */
export type ArrayHeader = Omit<ArrayStatus, 'tasks' | 'ended'> & { readonly digest: string }

/** Arrays as the journal has them: two records each, the acceptance and the fact that every task is on record. */
export interface ArrayRecords {
  /** Null when there is no such array. @throws RunnerError `JOURNAL_CORRUPT` */
  header(id: string): ArrayHeader | null
  /** Its records were removed: what is known of it is not kept. */
  drop(id: string): void
  /** @throws RunnerError `NOT_FOUND`, `JOURNAL_CORRUPT` */
  read(id: string): SubmittedArrayData
}

/** Headers that are kept: an array that is polled is not read again each time, with its template and thousands of items. */
const headersMax = 1_000

export const createArrayRecords = (journal: Pick<JournalReader, 'readStream' | 'quarantined'>): ArrayRecords => {
  const headers = new Map<string, ArrayHeader>()

  const find = (id: string): { at: number; data: SubmittedArrayData } | null => {
    if (!taskIdPattern.test(id)) return null
    const [first] = journal.readStream(arrayStream(id), 0, 1)
    if (first) return { at: first.at, data: first.data as unknown as SubmittedArrayData }
    if (journal.quarantined().some(({ stream }) => stream === arrayStream(id)))
      throw new RunnerError('JOURNAL_CORRUPT', `the records of the array ${id} cannot be understood and were put aside`, {
        path: 'id',
        hint: 'env-runner doctor tells more',
      })
    return null
  }

  return {
    header(id) {
      const kept = headers.get(id)
      if (kept) return kept
      const found = find(id)
      if (!found) return null
      const { spec, digest } = found.data
      const { tenant, class: taskClass, workflowId } = spec.template
      const { count, concurrency, rerunOf } = spec
      const header = { id, tenant, class: taskClass, workflowId, count, concurrency, rerunOf, submittedAt: found.at, digest }
      if (headers.size >= headersMax) headers.delete(headers.keys().next().value!)
      headers.set(id, header)
      return header
    },
    drop: (id) => void headers.delete(id),
    read(id) {
      const found = find(id)
      if (!found) throw unknownArray(id)
      return found.data
    },
  }
}

const expanding = initialTransition(arrayMachine)[0]
const [expanded] = transition(arrayMachine, expanding, { type: 'array.expanded' })

export const arraySubmitted = (data: SubmittedArrayData, at: number): Draft => ({
  stream: arrayStream(data.spec.id),
  seq: 0,
  at,
  type: 'array.submitted',
  data: data as unknown as JsonObject,
  state: stateOf(expanding),
  public: [],
})

export const arrayExpanded = (id: string, at: number): Draft => ({
  stream: arrayStream(id),
  seq: 1,
  at,
  type: 'array.expanded',
  data: {},
  state: stateOf(expanded),
  public: [],
})
