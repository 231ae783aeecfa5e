import { expect, it } from 'vitest'
import type { PublicEventType } from '../../domain/events.ts'
import type { JournalRecord } from '../../ports/journal.ts'
import { createEventStream, formatCursor, parseCursor, type EventCursor } from './event-stream.ts'

const record = (position: number, ...types: PublicEventType[]): JournalRecord => ({
  position,
  stream: 'task:a',
  seq: position - 1,
  at: position * 1_000,
  type: 'told',
  data: {},
  state: null,
  public: types.map((type) => ({ type, data: { task_id: 'a' } })),
})
const journal = [
  record(1, 'task_submitted'),
  record(2),
  record(3, 'task_started', 'task_progress', 'task_progress'),
  record(4, 'task_completed'),
  record(5),
]

/** What a client of server-sent events makes of the blocks: events, and the id that it would send after each block. */
const received = async (cursor: EventCursor, types: readonly PublicEventType[] | null = null) => {
  const stream = createEventStream(
    (async function* () {
      yield* journal.filter(({ position }) => position > cursor.position)
    })(),
    cursor,
    types && new Set(types),
  )
  const blocks: { id: string | undefined; event: string | undefined; data: unknown }[] = []
  for await (const bytes of stream.bytes) {
    const fields = new Map(Buffer.from(bytes).toString().trimEnd().split('\n').map((line) => line.split(/: (.*)/s) as [string, string])) // prettier-ignore
    const data = fields.get('data')
    blocks.push({ id: fields.get('id'), event: fields.get('event'), data: data === undefined ? undefined : JSON.parse(data) })
  }
  return { head: blocks[0]!, events: blocks.slice(1), heartbeat: stream.heartbeat() }
}
const begin: EventCursor = { position: 0, index: 0 }

it('sends each public event in its envelope, under the position of its record', async () => {
  const { head, events } = await received(begin)
  expect([head.id, head.event]).toEqual(['0', undefined])
  expect(events.map(({ id, event }) => `${id} ${event}`)).toEqual([
    '1 task_submitted',
    '2.1 task_started',
    '2.2 task_progress',
    '3 task_progress',
    '4 task_completed',
  ])
  expect(events[0]!.data).toEqual({
    type: 'task_submitted',
    timestamp: '1970-01-01T00:00:01.000Z',
    source: 'env-runner',
    data: { task_id: 'a' },
  })
})
it('goes on behind any event without losing or repeating one, also between the events of one record', async () => {
  const { events: all } = await received(begin)
  for (const [index, { id }] of all.entries()) {
    const { events: rest } = await received(parseCursor(id!)!)
    expect(rest).toEqual(all.slice(index + 1))
  }
})
it('sends the chosen types alone, and its heartbeat says how far it has come nevertheless', async () => {
  const { events, heartbeat } = await received(begin, ['task_started', 'task_failed'])
  expect(events.map(({ event }) => event)).toEqual(['task_started'])
  expect(heartbeat).toBe(': still here\nid: 5\n\n')
})
it.each(['', '-1', '1.', '.1', '1.2.3', '1e3', '0x1', ' 1', '1\n', '9'.repeat(16)])('takes %j for no cursor', (text) => {
  expect(parseCursor(text)).toBeNull()
})
it.each(['0', '17', '17.2', '999999999999999'])('reads back the cursor %s', (text) => {
  expect(formatCursor(parseCursor(text)!)).toBe(text)
})
