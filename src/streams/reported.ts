import * as z from 'zod'
import type { Progress } from '../domain/events.ts'
import type { Json } from '../domain/json.ts'
import type { ReportedException } from '../domain/result.ts'
import type { ControlMessage, ControlProblem } from './control-lines.ts'

/** Names of metrics that one stream may report. */
const metricsMax = 1_000

/** What a task has reported on one stream so far: bounded, whatever it prints. */
export interface Reported {
  readonly metrics: ReadonlyMap<string, number>
  /** Undefined when there was none: null is a result. */
  readonly result: Json | undefined
  readonly progress: Progress | null
  readonly exception: ReportedException | null
  /** Lines that were not understood; counted by the caller. */
  problems: number
  add(message: ControlMessage): ControlProblem | null
  save(): ReportedDocument
}

/** For a checkpoint. Metrics are pairs: an object's own order puts names that are numbers first. */
export const reportedSchema = z.object({
  metrics: z.array(z.tuple([z.string(), z.number()])),
  result: z.unknown().optional(),
  progress: z.object({ percent: z.number().nullable(), step: z.string().nullable(), message: z.string().nullable() }).nullable(),
  exception: z.object({ type: z.string(), message: z.string(), traceback: z.string() }).nullable().default(null), // a checkpoint of a version before has none
  problems: z.int().nonnegative(),
})
export type ReportedDocument = z.output<typeof reportedSchema>

export const createReported = (saved?: ReportedDocument): Reported => {
  const metrics = new Map(saved?.metrics)
  let result = saved?.result as Json | undefined
  let progress: Progress | null = saved?.progress ?? null
  let exception: ReportedException | null = saved?.exception ?? null
  return {
    metrics,
    problems: saved?.problems ?? 0,
    get result() {
      return result
    },
    get progress() {
      return progress
    },
    get exception() {
      return exception
    },
    add(message) {
      switch (message.type) {
        case 'progress':
          progress = message.progress
          return null
        case 'metric':
          if (metrics.size >= metricsMax && !metrics.has(message.name)) return 'too_many_metrics'
          metrics.set(message.name, message.value)
          return null
        case 'result':
          result = message.value
          return null
        case 'error':
          exception = message.exception
          return null
        case 'token':
        case 'checkpoint':
          return null // output: who wants them reads the stream
      }
    },
    save() {
      return { metrics: [...metrics], ...(result === undefined ? {} : { result }), progress, exception, problems: this.problems }
    },
  }
}
