import { describe, expect, it } from 'vitest'
import { RunnerError } from '../domain/errors.ts'
import type { Connection } from './connection.ts'
import { followEvents } from './event-feed.ts'

const gone = () => new RunnerError('RUNNER_UNREACHABLE', 'gone')
const block = (id: string, task?: string) =>
  task === undefined
    ? `id: ${id}\n\n`
    : `id: ${id}\nevent: task_started\ndata: ${JSON.stringify({ type: 'task_started', timestamp: 't', data: { task_id: task } })}\n\n`

/** A runner whose answers to one request after the other are written down, in pieces as they arrive. */
const answering = (...answers: readonly (readonly (string | Error)[])[]) => {
  const asked: (string | undefined)[] = []
  const connection: Pick<Connection, 'name' | 'bytes'> = {
    name: 'test',
    async *bytes(_path, _signal, headers) {
      const answer = answers[asked.length] ?? [gone()]
      asked.push(headers?.['last-event-id'])
      for (const piece of answer) {
        if (piece instanceof Error) throw piece
        yield Buffer.from(piece)
      }
    },
  }
  return { connection: connection as Connection, asked }
}
const taken = async (connection: Connection, count: number, away?: () => Promise<void>) => {
  const found: (string | null | undefined)[] = []
  for await (const event of followEvents(connection, { ...(away && { away }) })) {
    found.push(event && event.data.task_id)
    if (found.length === count) break
  }
  return found
}

describe('events', () => {
  it('begin with a sign that nothing is missed from here on', async () => {
    const { connection } = answering([block('7'), block('8', 'a')])
    expect(await taken(connection, 2)).toEqual([null, 'a'])
  })
  it('come whole, however the bytes arrive', async () => {
    const text = `retry: 1000\n${block('7')}: still here\nid: 7\n\n${block('8', 'ä')}`
    for (const size of [1, 3, 1_000]) {
      const bytes = Buffer.from(text)
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
      const connection = { name: 'test', bytes: async function* () { yield* pieces } } as unknown as Connection // prettier-ignore
      expect(await taken(connection, 2)).toEqual([null, 'ä'])
    }
  })
  it('go on behind the last one when the runner went away and came back; an event that was cut comes again, whole', async () => {
    let told = 0
    const { connection, asked } = answering(
      [block('7'), block('8', 'a'), block('9', 'b').slice(0, 20), gone()],
      [gone()],
      [block('8'), block('9', 'b')],
    )
    expect(await taken(connection, 3, async () => void told++)).toEqual([null, 'a', 'b'])
    expect([asked, told]).toEqual([[undefined, '8', '8'], 1])
  })
  it('end with what is not a matter of time', async () => {
    const { connection } = answering([new RunnerError('OUT_OF_RANGE', 'another journal')])
    await expect(taken(connection, 1)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' })
  })
  it('end when the runner stays away', async () => {
    const { connection } = answering([block('7'), gone()])
    const events = followEvents(connection, { patienceMs: 0 })
    expect((await events.next()).value).toBeNull()
    await expect(events.next()).rejects.toMatchObject({ code: 'RUNNER_UNREACHABLE' })
  })
})
