import type { FastifyReply } from 'fastify'
import { RunnerError } from '../../domain/errors.ts'
import type { Metrics, StreamKind } from '../../observability/metrics.ts'
import { whileConnected } from './send-bytes.ts'

/** Answers that stay open for as long as something goes on: event streams, followed logs, calls that wait for a task. */
export interface OpenAnswers {
  /** Holds a place until the answer is complete or its client has gone; the signal aborts then. To be asked before anything is begun.
   * @throws RunnerError `TOO_MANY_STREAMS` */
  hold(kind: StreamKind, reply: FastifyReply): AbortSignal
}

/** @param openMax places over all connections (`http.streams_max`) */
export const createOpenAnswers = (openMax: number, metrics: Pick<Metrics, 'stream'>): OpenAnswers => {
  let open = 0
  return {
    hold(kind, reply) {
      if (open >= openMax)
        throw new RunnerError('TOO_MANY_STREAMS', `${openMax} answers are held open already`, {
          hint: 'Close some, or try again later; http.streams_max is the limit',
        })
      const gone = whileConnected(reply)
      if (gone.aborted) return gone
      open++
      const ended = metrics.stream(kind)
      gone.addEventListener('abort', () => {
        open--
        ended()
      })
      return gone
    },
  }
}
