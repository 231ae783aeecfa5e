import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Daemon } from '../../src/daemon.ts'
import { createDaemonHome, type DaemonHome } from '../support/daemon-home.ts'
import { openEvents, type EventBlock, type EventClient } from '../support/event-client.ts'

let home: DaemonHome
let daemon: Daemon
beforeAll(async () => {
  home = createDaemonHome()
  daemon = await home.start()
})
afterAll(() => home.close())

const task = (id: string) => JSON.stringify({ id, payload: { execution: { command: ['true'] } } })
const run = async (id: string) => {
  const answer = await fetch(`${daemon.http}/api/v1/tasks?wait=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: task(id),
  })
  expect([answer.status, await answer.json()]).toMatchObject([200, { id, status: 'completed' }])
}
const told = (id: string) => daemon.runner.history(id).flatMap((record) => record.public.map(({ type }) => type))

describe('a submission whose client goes at any byte of it', () => {
  const request = (id: string) =>
    `POST /api/v1/tasks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${task(id).length}\r\n\r\n${task(id)}`
  const headBytes = request('cut-xx').indexOf('\r\n\r\n') + 4
  const cuts = [0, 1, headBytes - 1, headBytes, headBytes + 1, request('cut-xx').length - 1, request('cut-xx').length]

  it.each(cuts)('after %i bytes is no task or one task, and the same again is that task', async (cut) => {
    const id = `cut-${String(cuts.indexOf(cut)).padStart(2, '0')}`
    const socket = connect(Number(new URL(daemon.http).port), '127.0.0.1')
    await once(socket, 'connect')
    await new Promise((resolve) => socket.write(request(id).slice(0, cut), resolve))
    socket.destroy()
    await run(id)
    expect(told(id)).toEqual(['task_submitted', 'task_started', 'task_completed'])
    expect(daemon.runner.list({ limit: 1_000 }).filter((row) => row.id === id)).toHaveLength(1)
  })
})

describe('streams of events', () => {
  const open = (after: string) =>
    openEvents({ port: new URL(daemon.http).port, path: '/api/v1/events', headers: { 'last-event-id': after } })
  const collect = async (client: EventClient, count: number): Promise<EventBlock[]> => {
    const blocks: EventBlock[] = []
    while (blocks.length < count) blocks.push((await client.nextEvent())!)
    return blocks
  }
  const names = (blocks: readonly EventBlock[]) =>
    blocks.map(({ id, event, data }) => `${id} ${event} ${(data!['data'] as { task_id: string }).task_id}`)

  it('show each change of fifty parallel tasks once and in order, to who stays and to who breaks off again and again', async () => {
    const begin = String(daemon.runner.status().lastPosition)
    const [ids, eventCount] = [Array.from({ length: 50 }, (_, index) => `p${index}`), 150]
    const steady = await open(begin)
    const whole = collect(steady, eventCount)
    const broken = (async () => {
      const blocks: EventBlock[] = []
      while (blocks.length < eventCount) {
        const client = await open(blocks.at(-1)?.id ?? begin)
        blocks.push(...(await collect(client, Math.min(7, eventCount - blocks.length))))
        client.close()
      }
      return blocks
    })()
    await Promise.all(ids.map(run))
    const seen = names(await whole)
    expect(names(await broken)).toEqual(seen)
    for (const id of ids)
      expect(seen.filter((name) => name.endsWith(` ${id}`)).map((name) => name.split(' ')[1])).toEqual([
        'task_submitted',
        'task_started',
        'task_completed',
      ])
    steady.close()
  })
  it('end with the daemon, and go on behind the same event with the next one', async () => {
    const before = await open(String(daemon.runner.status().lastPosition))
    await run('before')
    const last = (await collect(before, 3)).at(-1)!.id!
    await daemon.stop()
    const rest: EventBlock[] = []
    for (let block = await before.nextEvent().catch(() => null); block; block = await before.nextEvent().catch(() => null)) rest.push(block)
    expect(rest.map(({ event }) => event).filter((event) => event !== 'runner_draining' && event !== 'runner_offline')).toEqual([])
    daemon = await home.start()
    const after = await open(rest.at(-1)?.id ?? last)
    await run('after')
    const blocks: EventBlock[] = []
    while (blocks.at(-1)?.event !== 'task_completed') blocks.push((await after.nextEvent())!)
    const told = [...rest, ...blocks].map(({ event }) => event)
    expect(told.filter((event) => event === 'runner_online')).toHaveLength(1)
    expect(told.slice(-3)).toEqual(['task_submitted', 'task_started', 'task_completed'])
    after.close()
  })
})

it('answers 503 to who waits for a task when it stops, and the next daemon answers the same request with its result', async () => {
  const body = { id: 'handed-over', payload: { execution: { command: ['sh', '-c', 'sleep 1; echo done'] } } }
  const execute = () =>
    fetch(`${daemon.http}/tasks/execute`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const waiting = execute()
  await expect.poll(() => daemon.runner.list({ limit: 10, status: ['running'] }).map(({ id }) => id)).toEqual(['handed-over'])
  await daemon.stop()
  const cut = await waiting
  expect([cut.status, cut.headers.get('retry-after'), await cut.json()]).toMatchObject([503, '1', { code: 'RUNNER_UNREACHABLE' }])
  daemon = await home.start()
  const answer = await execute()
  expect([answer.status, await answer.json()]).toMatchObject([200, { status: 'completed', attempts: 1, logs: { stdout_tail: 'done\n' } }])
})
it('tells what it needs and what it has', async () => {
  const ready = (await (await fetch(`${daemon.http}/readyz`)).json()) as object
  expect(ready).toMatchObject({ status: 'ready', why: null, state: 'accepting' })
  const hardware = (await (await fetch(`${daemon.http}/hardware`)).json()) as { cpu: { cores: number }; memory: { total_bytes: number } }
  expect(hardware.cpu.cores).toBeGreaterThan(0)
  expect(hardware.memory.total_bytes).toBeGreaterThan(2 ** 20)
  const document = (await (await fetch(`${daemon.http}/api/v1/openapi.json`)).json()) as { info: { version: string } }
  expect(document.info.version).toMatch(/^\d+\.\d+\.\d+/)
})
