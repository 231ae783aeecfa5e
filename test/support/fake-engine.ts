import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Dockerode from 'dockerode'

export interface FakeImage {
  readonly id: string
  readonly digests?: readonly string[]
  readonly sizeBytes?: number
}

/** One pull, as a test drives it. */
export interface FakePull {
  /** `registry/repository:tag` or `registry/repository@sha256:…` */
  readonly reference: string
  /** What came as `X-Registry-Auth`, decoded. */
  readonly auth: unknown
  /** Whether the client has gone away. */
  isGone(): boolean
  /** Tells a message in the stream; the first one answers with 200. */
  send(message: object): void
  /** Ends the stream, after the image is there. */
  complete(image: FakeImage): void
  /** Ends the stream with an error inside. */
  fail(message: string): void
  /** Answers with a status instead of a stream. */
  refuse(status: number, message: string): void
  /** Breaks the connection. */
  cut(): void
}

/** Plays the part of a Docker engine that deals with images, on a socket of its own. Names are normalised ones. */
export const createFakeEngine = async () => {
  const directory = mkdtempSync(join(tmpdir(), 'env-runner-engine-'))
  const socketPath = join(directory, 'docker.sock')
  const images = new Map<string, FakeImage>()
  const used = new Set<string>()
  const requests: string[] = []
  const pulls: FakePull[] = []
  /** Instead of an answer, for requests that begin so: a status, or silence. */
  const disturbed = new Map<string, number | 'silence'>()
  let onPull: (pull: FakePull) => void = () => {}
  let server: Server

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const line = `${request.method} ${request.url}`
    requests.push(line)
    const disturbance = [...disturbed].find(([beginning]) => line.startsWith(beginning))?.[1]
    if (disturbance === 'silence') return
    if (disturbance !== undefined) return json(response, disturbance, { message: 'the engine is not well' })
    const url = new URL(request.url!, 'http://engine')
    const name = /^\/images\/(.+?)(?:\/json)?$/.exec(url.pathname)?.[1] ?? ''
    if (line.startsWith('POST /images/create')) return onPull(pullOf(url, request, response))
    if (url.pathname === '/images/json')
      return json(
        response,
        200,
        [...images.values()].map(({ id }) => ({ Id: id })),
      )
    if (url.pathname === '/containers/json')
      return json(
        response,
        200,
        [...used].map((id) => ({ ImageID: id })),
      )
    const image = images.get(name)
    if (!image) return json(response, 404, { message: `No such image: ${name}` })
    if (request.method === 'GET') return json(response, 200, { Id: image.id, RepoDigests: image.digests ?? [], Size: image.sizeBytes ?? 0 })
    images.delete(name)
    json(response, 200, [{ Untagged: name }])
  }

  const pullOf = (url: URL, request: IncomingMessage, response: ServerResponse): FakePull => {
    const tag = url.searchParams.get('tag')!
    const reference = `${url.searchParams.get('fromImage')}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`
    const header = request.headers['x-registry-auth']
    const pull: FakePull = {
      reference,
      auth: typeof header === 'string' ? JSON.parse(Buffer.from(header, 'base64url').toString()) : null,
      isGone: () => response.destroyed,
      send: (message) => void response.write(`${JSON.stringify(message)}\r\n`),
      complete(image) {
        images.set(reference, image)
        for (const digest of image.digests ?? []) images.set(digest, image)
        response.end(`${JSON.stringify({ status: `Status: Downloaded newer image for ${reference}` })}\r\n`)
      },
      fail: (message) => void response.end(`${JSON.stringify({ errorDetail: { message }, error: message })}\r\n`),
      refuse: (status, message) => json(response, status, { message }),
      cut: () => void request.socket.destroy(),
    }
    pulls.push(pull)
    return pull
  }

  const start = async (): Promise<void> => {
    server = createServer(answer).listen(socketPath)
    await once(server, 'listening')
  }
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  await start()

  return {
    docker: new Dockerode({ socketPath }),
    directory,
    images,
    /** Ids of images that containers use. */
    used,
    requests,
    pulls,
    disturbed,
    /** What happens to pulls from now on; at first nothing, until the test takes them out of `pulls`. */
    onPull: (handler: (pull: FakePull) => void): void => void (onPull = handler),
    start,
    stop,
    async close(): Promise<void> {
      await stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const json = (response: ServerResponse, status: number, body: unknown): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
