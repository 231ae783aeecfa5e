import { taskStream, type JournalReader, type JournalRecord } from '../ports/journal.ts'
import type { RecordOptions } from './api.ts'
import { sizeOf } from './commit-log.ts'
import { createWakeUp, everything, tenantKey, type Listeners } from './listeners.ts'

/** Committed records to any number of followers, each at its own pace. */
export interface RecordFeed {
  /** Every record after a position, then each as it is committed; ends with the signal, or when the engine is closed. */
  follow(after: number, options?: RecordOptions): AsyncGenerator<JournalRecord>
}

export interface FeedSources {
  readonly journal: Pick<JournalReader, 'lastPosition' | 'readAfter' | 'findTask'>
  readonly listeners: Listeners
  readonly closed: () => boolean
}

const pageRecords = 512
/** The last records are kept decoded for followers who are up to date, who all ask for the same ones: at most so many, of about so many bytes together. */
const [recentRecordsMax, recentBytesMax] = [1_024, 4_194_304]

export const createRecordFeed = ({ journal, listeners, closed }: FeedSources): RecordFeed => {
  const recent = createRecent(journal)
  const tenants = new WeakMap<JournalRecord, string | null>()

  /** Null for the runner's own records. */
  const tenantOf = (record: JournalRecord): string | null => {
    let tenant = tenants.get(record)
    if (tenant === undefined) {
      tenant = record.stream.startsWith(taskStream(''))
        ? (journal.findTask(record.stream.slice(taskStream('').length))?.tenant ?? null)
        : null
      tenants.set(record, tenant)
    }
    return tenant
  }

  return {
    async *follow(after, { signal, tenant } = {}) {
      const wakeUp = createWakeUp(listeners, tenant === undefined ? everything : tenantKey(tenant), signal)
      try {
        for (let cursor = after; !signal?.aborted && !closed();) {
          const page = recent.after(cursor, pageRecords)
          for (const record of page) if (tenant === undefined || tenantOf(record) === tenant) yield record
          cursor = page.at(-1)?.position ?? cursor
          if (page.length < pageRecords) await wakeUp.next()
        }
      } finally {
        wakeUp.end()
      }
    },
  }
}

/** The journal's end in memory; what lies before is read from the journal. */
const createRecent = (journal: FeedSources['journal']) => {
  let records: JournalRecord[] = []
  let sizes: number[] = []
  let bytesHeld = 0

  const forget = (count: number): void => {
    records = records.slice(count)
    for (const size of sizes.slice(0, count)) bytesHeld -= size
    sizes = sizes.slice(count)
  }

  const take = (page: readonly JournalRecord[]): void => {
    for (const record of page) {
      const size = sizeOf(record)
      records.push(record)
      sizes.push(size)
      bytesHeld += size
    }
    let surplus = Math.max(0, records.length - recentRecordsMax)
    for (let held = bytesHeld - sum(sizes.slice(0, surplus)); held > recentBytesMax; surplus++) held -= sizes[surplus]!
    if (surplus > 0) forget(surplus)
  }

  return {
    after(position: number, limit: number): JournalRecord[] {
      const first = records[0]?.position ?? Infinity
      const last = records.at(-1)?.position ?? -Infinity
      if (position < first - 1 || position > last) {
        const page = journal.readAfter(position, limit)
        if (page.length < limit) {
          forget(records.length) // whoever reads to the end brings the end along
          take(page)
        }
        return page
      }
      const news = journal.lastPosition() > last ? journal.readAfter(last, limit) : []
      const from = position - first + 1
      const page = [...records.slice(from, from + limit), ...news.slice(Math.max(0, position - last))].slice(0, limit)
      take(news)
      return page
    },
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)
