import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** How a runner, or the way to it, treats one task. */
export const behaviours = ['completes', 'fails', 'refuses', 'garbles', 'cuts', 'breaks', 'hangs', 'is busy'] as const
export type Behaviour = (typeof behaviours)[number]

/** Something that answers `POST /tasks/execute`, and may be told how. */
export interface StandIn {
  readonly url: string
  /** From now on, for the task with this id. */
  behave(id: string, behaviour: Behaviour): void
  close(): Promise<void>
}

type Answer = (response: ServerResponse, behaviour: Behaviour, id: string, body: string) => void | Promise<void>

const createStandIn = async (answer: Answer): Promise<StandIn> => {
  const told = new Map<string, Behaviour>()
  const server = createServer((incoming: IncomingMessage, response) => {
    void text(incoming).then(async (body) => {
      const { id } = JSON.parse(body) as { id: string }
      await answer(response, told.get(id) ?? 'completes', id, body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behave: (id, behaviour) => void told.set(id, behaviour),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const send = (response: ServerResponse, status: number, document: object | string): void => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(typeof document === 'string' ? document : JSON.stringify(document))
}

/** A runner that runs nothing: it says what a runner would say, or misbehaves. */
export const createMockRunner = (): Promise<StandIn> =>
  createStandIn((response, behaviour, id) => {
    const metadata = (status: string, exitCode: number) => ({
      status,
      exit_code: exitCode,
      duration_ms: 5,
      result: { outputs: [], metrics: {} },
    })
    const completed = { id, status: 'completed', embeddings: [], latency_ms: 5, metadata: metadata('completed', 0), error: null }
    switch (behaviour) {
      case 'completes':
        return send(response, 200, completed)
      case 'fails':
        return send(response, 500, {
          ...completed,
          status: 'failed',
          error_code: 'EXIT_NONZERO',
          error: 'EXIT_NONZERO: the command ended with exit code 3\nso it goes',
          metadata: metadata('failed', 3),
        })
      case 'refuses':
        return send(response, 400, { code: 'INVALID_SPEC', error: 'INVALID_SPEC: there is nothing to run' })
      case 'is busy':
        return send(response, 503, { code: 'DRAINING', error: 'DRAINING: the runner accepts no new tasks' })
      case 'hangs':
        return
      default:
        return misbehave(response, behaviour, 200, JSON.stringify(completed))
    }
  })

/** A way to a real runner on which answers come to harm. What a runner does itself (completes, fails, refuses, is busy, hangs) is passed on as it is. */
export const createBadWay = (runnerUrl: string): Promise<StandIn> =>
  createStandIn(async (response, behaviour, _, body) => {
    const onward = request(`${runnerUrl}/tasks/execute`, { method: 'POST', headers: { 'content-type': 'application/json' } })
    onward.on('error', () => {}) // it shows as an answer that does not come
    response.on('close', () => onward.destroy()) // who asked has gone
    onward.end(body)
    if (behaviour === 'cuts') {
      await once(onward, 'finish') // sent: the runner has it, or is just getting it
      return misbehave(response, 'cuts', 200, '')
    }
    const [answer] = (await once(onward, 'response').catch(() => [null])) as [IncomingMessage | null]
    if (answer === null) return void response.destroy()
    const said = await text(answer)
    if (behaviour === 'garbles' || behaviour === 'breaks') return misbehave(response, behaviour, answer.statusCode!, said)
    send(response, answer.statusCode!, said)
  })

const misbehave = (response: ServerResponse, behaviour: 'garbles' | 'cuts' | 'breaks', status: number, said: string): void => {
  if (behaviour === 'garbles') return send(response, status, said.slice(0, -10))
  if (behaviour === 'breaks') return send(response, 500, '<html>upstream failed</html>')
  response.destroy()
}
