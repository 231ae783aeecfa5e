import * as z from 'zod'
import { RunnerError } from '../domain/errors.ts'
import type { Progress } from '../domain/events.ts'
import { isJsonObject, type Json } from '../domain/json.ts'
import type { ReportedException } from '../domain/result.ts'
import { assertSafeDocument } from '../domain/untrusted.ts'

/** Begins a line on stdout that a task prints to tell something. */
export const controlPrefix = '::env-runner::'
/** Begins a line on stdout with a result, as existing clients print it. */
export const resultPrefix = '__DSPY_RESULT__:'
/** Begins a line of the events file. */
export const eventPrefix = '{'

/** What a task can say about itself (docs/progress.md). */
export type ControlMessage =
  | { readonly type: 'progress'; readonly progress: Progress }
  /** A piece of generated text. */
  | { readonly type: 'token'; readonly text: string }
  | { readonly type: 'metric'; readonly name: string; readonly value: number }
  | { readonly type: 'result'; readonly value: Json }
  /** A file in the work directory from which the task could go on. */
  | { readonly type: 'checkpoint'; readonly path: string; readonly step: number | null }
  | { readonly type: 'error'; readonly exception: ReportedException }

/** Why a line was not understood; a label for counters. */
export type ControlProblem = 'not_json' | 'unknown_type' | 'invalid' | 'too_deep' | 'too_long' | 'too_many_metrics'

const stepUnitsMax = 256
const messageUnitsMax = 2_000
const exceptionUnitsMax = 256
const tracebackUnitsMax = 8_000
const cut = (unitsMax: number) => z.string().transform((text) => (text.length > unitsMax ? `${text.slice(0, unitsMax)}…` : text))

/** Of a traceback the end says most. */
const cutBeginning = (unitsMax: number) => z.string().transform((text) => (text.length > unitsMax ? `…${text.slice(-unitsMax)}` : text))

const progress = z
  .object({
    percent: z
      .number()
      .transform((percent) => Math.min(100, Math.max(0, percent)))
      .nullish(),
    step: cut(stepUnitsMax).nullish(),
    message: cut(messageUnitsMax).nullish(),
    seq: z.number().nullish(), // the task's own count; the order of lines is what counts here
  })
  .refine(({ percent, step, message }) => (percent ?? step ?? message) !== undefined && (percent ?? step ?? message) !== null)
const metricName = z
  .string()
  .regex(/^[A-Za-z][\w./:-]{0,127}$/)
  .refine((name) => name !== 'constructor' && name !== 'prototype')

const messageSchemas = {
  progress: progress.transform(({ percent, step, message }): ControlMessage => ({
    type: 'progress',
    progress: { percent: percent ?? null, step: step ?? null, message: message ?? null },
  })),
  token: z.object({ text: z.string() }).transform(({ text }): ControlMessage => ({ type: 'token', text })),
  metric: z
    .object({ name: metricName, value: z.number() })
    .transform(({ name, value }): ControlMessage => ({ type: 'metric', name, value })),
  result: z
    .object({ value: z.unknown() })
    .refine((message) => message.value !== undefined)
    .transform(({ value }): ControlMessage => ({ type: 'result', value: value as Json })),
  checkpoint: z
    .object({ path: z.string().min(1).max(4_096), step: z.number().nullish() })
    .transform(({ path, step }): ControlMessage => ({ type: 'checkpoint', path, step: step ?? null })),
  error: z
    .object({
      exception: z.string().min(1).pipe(cut(exceptionUnitsMax)),
      message: cut(messageUnitsMax).nullish(),
      traceback: cutBeginning(tracebackUnitsMax).nullish(),
    })
    .transform(({ exception, message, traceback }): ControlMessage => ({
      type: 'error',
      exception: { type: exception, message: message ?? '', traceback: traceback ?? '' },
    })),
}

/** Levels that a result may be nested: what later serialises it does so recursively. */
const depthMax = 64

/** Reads one line: `prefix` is what it began with, `bytes` the rest. Never throws. */
export const parseControlLine = (prefix: string, bytes: Buffer): ControlMessage | ControlProblem => {
  const text = bytes.toString('utf8')
  let document: unknown
  try {
    document = JSON.parse(prefix === eventPrefix ? eventPrefix + text : text)
  } catch {
    return 'not_json'
  }
  if (prefix === resultPrefix) return result(document, bytes.length)
  if (!isJsonObject(document) || typeof document['type'] !== 'string') return 'invalid'
  if (!Object.hasOwn(messageSchemas, document['type'])) return 'unknown_type'
  const { data: message } = messageSchemas[document['type'] as ControlMessage['type']].safeParse(document)
  return message?.type === 'result' ? result(message.value, bytes.length) : (message ?? 'invalid')
}

/** A result is passed on as it is, so it must be safe to pass on. The other messages have plain fields only. */
const result = (value: unknown, textBytes: number): ControlMessage | ControlProblem => {
  try {
    assertSafeDocument(value, { unitsMax: 8 * (textBytes + 16), depthMax }) // no JSON text has more values than bytes
    return { type: 'result', value }
  } catch (cause) {
    return cause instanceof RunnerError && cause.code === 'LIMIT_EXCEEDED' ? 'too_deep' : 'invalid'
  }
}
