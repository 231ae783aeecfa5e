import { once } from 'node:events'
import { connect, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2'

/** A message as gRPC frames it (PROTOCOL-HTTP2): not compressed, its length, its bytes. */
export const framed = (message: Uint8Array): Buffer => {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}
/** A message of one string, field 1: most requests that name a task. */
export const oneString = (text: string): Buffer => Buffer.concat([Buffer.from([0x0a, text.length]), Buffer.from(text)])

/** A client below gRPC's own rules: it reads what it wants, and sends what it likes.
 * @param windowBytes what the server may send of each call before the client says that it has read */
export const dialRaw = async (port: number, windowBytes = 65_535) => {
  const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: windowBytes } })
  session.on('error', () => {}) // told by `ended`
  const ended = new Promise<void>((resolve) => void session.once('close', resolve))
  await once(session, 'connect')
  return {
    session,
    ended,
    call(path: string, headers: Readonly<Record<string, string>> = {}): ClientHttp2Stream {
      const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers })
      stream.on('error', () => {}) // told by `answerTo`
      return stream
    },
    close: () => session.destroy(),
  }
}

/** How a call ended: the gRPC status in digits, or what HTTP/2 or HTTP said instead. */
export const answerTo = (stream: ClientHttp2Stream): Promise<string> =>
  new Promise((resolve) => {
    stream.on('response', (head) => {
      if (head['grpc-status'] !== undefined) resolve(String(head['grpc-status']))
      else if (head[':status'] !== 200) resolve(`HTTP ${head[':status']}`)
    })
    stream.on('trailers', (trailers: IncomingHttpHeaders) => resolve(String(trailers['grpc-status'])))
    stream.on('close', () => resolve(`reset ${stream.rstCode}`))
    stream.resume()
  })
