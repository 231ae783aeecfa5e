import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'

/** What goes wrong between a client and its engine. May be changed at any time; holds for calls that begin after that. */
export interface EngineFaults {
  /** Every so many calls that create a container, the engine carries one out and its answer is lost with the connection. 0: none. */
  dropCreateEvery: number
  /** Calls that wait for the end of a container stay open without an answer. */
  neverAnswerWait: boolean
  /** Calls for a log are answered, and not a byte comes. */
  holdLogs: boolean
  /** So many bytes at the beginning of each log come one at a time. */
  singleLogBytes: number
  /** A log's connection is lost after so many bytes, but for every third call: it would never end. */
  cutLogsAfterBytes: number
  /** Before each call, in milliseconds. */
  latencyMs: number
}

/** An HTTP proxy before a Docker engine, which brings the troubles that networks and engines do. Knows no upgrades: neither exec nor attach. */
export interface EngineProxy {
  /** Where it listens, `unix:///…`. */
  readonly host: string
  readonly faults: EngineFaults
  /** How often each fault has happened. */
  readonly happened: Readonly<Record<'droppedCreates' | 'heldWaits' | 'logsInBytes' | 'cutLogs', number>>
  /** Every connection is lost, and new ones are refused, until `back`. */
  away(): Promise<void>
  back(): Promise<void>
  close(): Promise<void>
}

const noFaults: EngineFaults = {
  dropCreateEvery: 0,
  neverAnswerWait: false,
  holdLogs: false,
  singleLogBytes: 0,
  cutLogsAfterBytes: Infinity,
  latencyMs: 0,
}

/** @param upstream the engine's socket */
export const createEngineProxy = async (faults: Partial<EngineFaults> = {}, upstream = '/var/run/docker.sock'): Promise<EngineProxy> => {
  const directory = mkdtempSync(join(tmpdir(), 'er-proxy-')) // short: the path of a socket has at most 107 bytes
  const socketPath = join(directory, 'sock')
  const current = { ...noFaults, ...faults }
  const happened = { droppedCreates: 0, heldWaits: 0, logsInBytes: 0, cutLogs: 0 }
  const agent = new http.Agent({ keepAlive: true })
  let creates = 0
  let logs = 0

  const isToBeDropped = (path: string): boolean => {
    if (!path.endsWith('/containers/create') || current.dropCreateEvery === 0) return false
    creates += 1
    return creates % current.dropCreateEvery === 0
  }

  /** How the bytes of an answer are passed on. */
  const manner = (path: string): Manner => {
    if (!path.endsWith('/logs')) return { singleBytes: 0, cutAfterBytes: Infinity }
    logs += 1
    if (current.singleLogBytes > 0) happened.logsInBytes += 1
    return { singleBytes: current.singleLogBytes, cutAfterBytes: logs % 3 === 0 ? Infinity : current.cutLogsAfterBytes }
  }

  const serve = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const { method, url, headers } = request
    const path = url!.replace(/\?.*/, '')
    if (current.latencyMs > 0) await delay(current.latencyMs)
    if (path.endsWith('/wait') && current.neverAnswerWait) {
      happened.heldWaits += 1
      return
    }
    if (path.endsWith('/logs') && current.holdLogs) {
      response.writeHead(200).flushHeaders()
      return
    }
    const isDropped = isToBeDropped(path)
    const call = http.request({ socketPath: upstream, agent, method, path: url, headers })
    response.once('close', () => {
      if (!response.writableFinished && !isDropped) call.destroy()
    })
    request.pipe(call)
    const [answer] = (await once(call, 'response')) as [http.IncomingMessage]
    if (isDropped) {
      for await (const _ of answer); // the engine has done it
      happened.droppedCreates += 1
      response.destroy()
      return
    }
    response.writeHead(answer.statusCode!, answer.headers)
    response.flushHeaders()
    if ((await pass(answer, response, manner(path))) === 'cut') happened.cutLogs += 1
  }

  const server = http.createServer((request, response) => {
    request.on('error', () => {})
    response.on('error', () => {})
    serve(request, response).catch(() => response.destroy()) // what breaks off on one side does on the other
  })
  server.requestTimeout = 0

  const back = async (): Promise<void> => {
    server.listen(socketPath)
    await once(server, 'listening')
  }
  const away = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  await back()
  return {
    host: `unix://${socketPath}`,
    faults: current,
    happened,
    away,
    back,
    async close() {
      await away()
      agent.destroy()
      rmSync(directory, { recursive: true })
    },
  }
}

interface Manner {
  readonly singleBytes: number
  readonly cutAfterBytes: number
}

const pass = async (
  from: http.IncomingMessage,
  to: http.ServerResponse,
  { singleBytes, cutAfterBytes }: Manner,
): Promise<'ended' | 'cut'> => {
  const gone = once(to, 'close')
  const write = async (bytes: Buffer): Promise<void> => {
    if (!to.destroyed && !to.write(bytes)) await Promise.race([once(to, 'drain'), gone])
  }
  let passed = 0
  for await (const chunk of from as AsyncIterable<Buffer>) {
    const bytes = chunk.subarray(0, cutAfterBytes - passed)
    const singles = bytes.subarray(0, Math.max(0, singleBytes - passed))
    for (const byte of singles) {
      await write(Buffer.of(byte))
      await turn() // else a socket would join it with the next
    }
    if (bytes.length > singles.length) await write(bytes.subarray(singles.length))
    passed += bytes.length
    if (passed >= cutAfterBytes) {
      await turn()
      to.destroy()
      return 'cut'
    }
  }
  to.end()
  return 'ended'
}
