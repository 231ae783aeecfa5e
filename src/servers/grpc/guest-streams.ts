import type { handleBidiStreamingCall, handleServerStreamingCall, ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js'
import { RunnerError } from '../../domain/errors.ts'
import { toServiceError } from './status.ts'
import { stopping } from './stopping.ts'

/** Streams of services that anyone may ask: they have a bound of their own, so that whoever has no credentials takes no place from those who have. */
export interface GuestStreams {
  /** For a handler that writes little, whatever its client does. */
  writing<Request, Response>(handle: handleServerStreamingCall<Request, Response>): handleServerStreamingCall<Request, Response>
  /** For a handler that answers each request at once: the next request is read when the client has taken what was answered. */
  answering<Request, Response>(handle: handleBidiStreamingCall<Request, Response>): handleBidiStreamingCall<Request, Response>
  /** Ends them with UNAVAILABLE, and those that come later. */
  close(): void
}

/** Open at once, over all connections. Probes and tools need a handful. */
export const guestStreamsMax = 1_000

type GuestCall = ServerWritableStream<never, never> | ServerDuplexStream<never, never>

export const createGuestStreams = (): GuestStreams => {
  const open = new Set<GuestCall>()
  let closed = false

  /** Whether the call has a place; else it is ended. */
  const takesPlace = (call: GuestCall): boolean => {
    if (closed || open.size >= guestStreamsMax) {
      end(call, closed ? stopping() : tooMany())
      return false
    }
    open.add(call)
    call.once('cancelled', () => open.delete(call)) // the library says so of every end
    return true
  }

  return {
    writing: (handle) => (call) => {
      if (takesPlace(call as GuestCall)) handle(call)
    },
    answering: (handle) => (call) => {
      if (!takesPlace(call as GuestCall)) return
      handle(call)
      call.on('data', () => {
        if (!call.writableNeedDrain) return
        call.pause()
        call.once('drain', () => call.resume())
      })
    },
    close() {
      closed = true
      for (const call of open) end(call, stopping())
    },
  }
}

const end = (call: GuestCall, cause: RunnerError): void => void call.emit('error', toServiceError(cause))

const tooMany = (): RunnerError =>
  new RunnerError('TOO_MANY_STREAMS', `${guestStreamsMax} streams of health and reflection are open already`, { hint: 'Try again later' })
