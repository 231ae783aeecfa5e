import { RunnerError } from '../../src/domain/errors.ts'

export type OutputStream = 'stdout' | 'stderr'

export interface Demultiplexer {
  /** Takes the next bytes of the stream, cut anywhere.
   * @throws RunnerError `ENGINE_UNAVAILABLE` where they are not what an engine sends, or are the engine's own report of an error; then no call may follow */
  push(chunk: Buffer): void
  /** How many have begun: an engine sends one for each record of its log. */
  frames(): number
  /** Tells that nothing follows. @returns whether the stream broke off inside a frame */
  end(): { readonly truncated: boolean }
}

export interface DemultiplexerOptions {
  /** Gets the payload as it comes: parts of the chunk given to `push`, not copied, never empty. */
  readonly write: (stream: OutputStream, bytes: Buffer) => void
}

/** Type (1), zeros (3), length of the payload (4, big endian). Source: Docker Engine API, "Attach to a container", stream format. */
const headerBytes = 8

/** By type; 0 is stdin, which the engine documents as written on stdout. */
const streams: readonly (OutputStream | 'systemError' | undefined)[] = ['stdout', 'stdout', 'stderr', 'systemError']

/** Of what an engine says about its own error. */
const reportBytesMax = 1_024

/** Takes the two streams of a container apart, which the engine sends as one sequence of frames. Payload is never gathered: a header that claims 4 GiB costs nothing.
 * A frame of type 3 is the engine's report that it cannot go on (`pkg/stdcopy` calls it `Systemerr`): it becomes an error that holds its words. */
export const createDemultiplexer = ({ write }: DemultiplexerOptions): Demultiplexer => {
  const header = Buffer.alloc(headerBytes)
  let headerLength = 0
  let payloadLeft = 0
  let frames = 0
  let stream: OutputStream | 'systemError' = 'stdout'
  let report = Buffer.alloc(0)

  const readHeader = (): void => {
    const named = streams[header[0]!]
    if (named === undefined || header[1] !== 0 || header[2] !== 0 || header[3] !== 0) {
      throw malformed(`a frame begins with ${header.toString('hex')}`)
    }
    stream = named
    frames += 1
    payloadLeft = header.readUInt32BE(4)
  }

  const takePayload = (bytes: Buffer): void => {
    payloadLeft -= bytes.length
    if (stream !== 'systemError') return write(stream, bytes)
    report = Buffer.concat([report, bytes.subarray(0, reportBytesMax - report.length)])
    if (payloadLeft === 0 || report.length === reportBytesMax) throw reported(report)
  }

  return {
    push(chunk) {
      let at = 0
      while (at < chunk.length) {
        if (payloadLeft > 0) {
          const bytes = chunk.subarray(at, at + payloadLeft)
          at += bytes.length
          takePayload(bytes)
          continue
        }
        const copied = chunk.copy(header, headerLength, at, at + headerBytes - headerLength)
        at += copied
        headerLength += copied
        if (headerLength < headerBytes) return
        headerLength = 0
        readHeader()
      }
    },
    frames: () => frames,
    end: () => ({ truncated: headerLength > 0 || payloadLeft > 0 }),
  }
}

const malformed = (what: string): RunnerError =>
  new RunnerError('ENGINE_UNAVAILABLE', `the engine's log stream is malformed: ${what}`, {
    hint: 'The container may have a terminal (tty), or something between the runner and the engine changes what it sends',
  })

const reported = (report: Buffer): RunnerError =>
  new RunnerError('ENGINE_UNAVAILABLE', `the engine broke off the log: ${report.toString('utf8').trim()}`)
