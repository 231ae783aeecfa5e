import { Agent, request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { openEvents } from '../event-client.ts'
import { collectStream, createGrpcClients } from '../grpc-client.ts'
import type { ProbedDaemon } from './probed-daemon.ts'

/** One client: it comes, hands tasks over, follows them its own way, and goes. Every task of `ids` has been submitted when it resolves.
 * @throws Error when something is not as it must be */
export type Visit = (daemon: Pick<ProbedDaemon, 'http' | 'grpc'>, ids: readonly string[]) => Promise<void>

const command = ['/bin/true']
const printing = ['/bin/echo', 'some words']

const submission = (id: string, argv: readonly string[] = command) => ({ id, payload: { execution: { command: argv } } })
const expected = (what: string, holds: boolean): void => {
  if (!holds) throw new Error(`${what} is not so`)
}

const send = (agent: Agent | false, method: 'GET' | 'POST', url: string, body?: unknown): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    request(url, { method, agent, headers }, resolve)
      .on('error', reject)
      .end(body === undefined ? undefined : JSON.stringify(body))
  })
const post = async (agent: Agent | false, url: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await send(agent, 'POST', url, body)
  return { status: response.statusCode!, body: JSON.parse(await text(response)) as Record<string, unknown> }
}

/** orchestrator.v1: submits, and follows the results to their end. */
const agent: Visit = async ({ grpc }, ids) => {
  const clients = createGrpcClients(grpc)
  const { orchestrator, call, metadata } = clients
  for (const id of ids) {
    const payload = { execution: JSON.stringify({ command }) }
    const { success } = await call(orchestrator.SubmitTask.bind(orchestrator), { id, class: '', payload, priority: 0, workflow_id: '' })
    expected(`${id} is accepted`, success)
  }
  const results = await collectStream(orchestrator.StreamTaskResults({ task_ids: [...ids], include_completed: true }, metadata))
  const completed = new Set(results.filter(({ status }) => status === 'completed').map(({ task_id: id }) => id))
  expected('all are told as completed', completed.size === ids.length)
  clients.close()
}

/** envrunner.v1: watches every change, and reads the logs of one. */
const watcher: Visit = async ({ grpc }, ids) => {
  const clients = createGrpcClients(grpc)
  const { tasks, call, metadata } = clients
  for (const id of ids) await call(tasks.SubmitTask.bind(tasks), { id, spec: { execution: { command: printing } } })
  const chunks = await collectStream(tasks.ReadLogs({ id: ids[0]!, follow: true }, metadata))
  expected('its log is whole', Buffer.concat(chunks.map(({ data }) => data as Buffer)).toString() === 'some words\n')
  const updates = await collectStream(tasks.WatchTasks({ ids: [...ids] }, metadata))
  expected('the end of each comes', updates.filter(({ task }) => task !== null).length === ids.length)
  clients.close()
}

/** The orchestrator's dispatcher, over one connection that it keeps; one of its tasks fails. */
const dispatcher: Visit = async ({ http }, ids) => {
  const kept = new Agent({ keepAlive: true, maxSockets: 4 })
  await Promise.all(
    ids.map(async (id, index) => {
      const { status } = await post(kept, `${http}/tasks/execute`, submission(id, index === 0 ? ['/bin/false'] : command))
      expected(`${id} is answered as it ended`, status === (index === 0 ? 500 : 200))
    }),
  )
  kept.destroy()
}

/** Follows the events of everybody while it waits for its own tasks. */
const listener: Visit = async ({ http }, ids) => {
  const { hostname, port } = new URL(http)
  const events = await openEvents({ hostname, port, path: '/api/v1/events?type=task_completed', agent: false })
  await events.next()
  const waiting = ids.map((id) => post(false, `${http}/api/v1/tasks?wait=true`, submission(id)))
  const mine = new Set(ids)
  while (mine.size > 0) mine.delete(((await events.nextEvent())!.data!['data'] as { task_id: string }).task_id)
  for (const { body } of await Promise.all(waiting)) expected('it completed', body['status'] === 'completed')
  events.close()
}

/** Goes away in the middle of everything: of a log, of an event stream, of a call that waits, of a gRPC stream. Cancels a task that would take long. */
const deserter: Visit = async ({ http, grpc }, ids) => {
  const clients = createGrpcClients(grpc)
  const { orchestrator, metadata } = clients
  const [long, ...short] = ids as [string, ...string[]]
  expected('it is accepted', (await post(false, `${http}/api/v1/tasks`, submission(long, ['/bin/sleep', '600']))).status === 201)
  const stream = orchestrator.StreamTaskResults({ task_ids: [long], include_completed: true }, metadata)
  const cancelled = new Promise((resolve) => stream.on('data', () => {}).once('error', resolve))
  const left = await Promise.all([
    send(false, 'GET', `${http}/api/v1/tasks/${long}/logs?follow=1`),
    send(false, 'GET', `${http}/api/v1/events?since=${Math.floor(Date.now() / 1_000)}`),
  ])
  const waiting = request(`${http}/api/v1/tasks/${long}?wait=true`, { agent: false }).on('error', () => {})
  waiting.end()
  for (const id of short) await post(false, `${http}/api/v1/tasks`, submission(id))
  for (const response of left) response.on('error', () => {}).destroy()
  waiting.destroy()
  stream.cancel()
  await cancelled
  expected('it is cancelled', (await post(false, `${http}/api/v1/tasks/${long}/cancel`, { reason: 'soak' })).status === 202)
  clients.close()
}

/** Every kind of client, in turn. */
export const visits: readonly Visit[] = [agent, watcher, dispatcher, listener, deserter]
