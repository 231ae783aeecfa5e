import { eventEnvelope, type PublicEventType } from '../../domain/events.ts'
import type { JournalRecord } from '../../ports/journal.ts'

/** A place in the sequence of public events: behind every event of the record at `position`, and behind the first `index` events of the record after it. */
export interface EventCursor {
  readonly position: number
  readonly index: number
}

/** The cursor as the `id` of an event: the record's position, with `.n` behind the nth of several events of one record. */
export const formatCursor = ({ position, index }: EventCursor): string => (index === 0 ? `${position}` : `${position}.${index}`)

/** Null for what no event ever had as its `id`. */
export const parseCursor = (text: string): EventCursor | null => {
  const match = /^(\d{1,15})(?:\.(\d{1,4}))?$/.exec(text)
  return match && { position: Number(match[1]), index: Number(match[2] ?? 0) }
}

/** One event on its way, with the cursor of who has got it. */
interface Frame {
  readonly type: PublicEventType
  readonly after: string
  readonly bytes: Uint8Array
}

/** Frames are kept with their record: those who follow get the same records, and each is written as text once. */
const framesOfRecord = new WeakMap<JournalRecord, readonly Frame[]>()

const framesOf = (record: JournalRecord): readonly Frame[] => {
  const known = framesOfRecord.get(record)
  if (known) return known
  const { position, at, public: events } = record
  const frames = events.map((event, index): Frame => {
    const isLast = index === events.length - 1
    const after = formatCursor(isLast ? { position, index: 0 } : { position: position - 1, index: index + 1 })
    const data = JSON.stringify(eventEnvelope(event, at))
    return { type: event.type, after, bytes: Buffer.from(`id: ${after}\nevent: ${event.type}\ndata: ${data}\n\n`) }
  })
  framesOfRecord.set(record, frames)
  return frames
}

/** How soon a client asks again after its connection broke, in milliseconds; a browser's own choice is 3 seconds or more. */
const retryMs = 1_000

export interface EventStream {
  /** A line that a client ignores, with the cursor: it keeps the connection alive, and a client that comes back after long silence begins here. */
  heartbeat(): string
  /** The answer's body (server-sent events, WHATWG HTML §9.2). Its first block has no data, but a cursor: who breaks off before the first event loses none. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** Public events out of the journal, from a cursor on.
 * @param records every record behind `cursor.position`, in order
 * @param types what to send; null: every type */
export const createEventStream = (
  records: AsyncIterable<JournalRecord>,
  cursor: EventCursor,
  types: ReadonlySet<PublicEventType> | null,
): EventStream => {
  let reached = formatCursor(cursor)
  return {
    heartbeat: () => `: still here\nid: ${reached}\n\n`,
    bytes: (async function* () {
      yield Buffer.from(`retry: ${retryMs}\nid: ${reached}\n\n`)
      for await (const record of records) {
        const had = record.position === cursor.position + 1 ? cursor.index : 0
        for (const { type, after, bytes } of framesOf(record).slice(had)) {
          reached = after
          if (types === null || types.has(type)) yield bytes
        }
        reached = formatCursor({ position: record.position, index: 0 })
      }
    })(),
  }
}
