import { pino, stdTimeFunctions, type Logger as PinoLogger } from 'pino'
import { RunnerError } from '../domain/errors.ts'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Takes lines that end with a newline. Never throws, never waits. */
export interface LineSink {
  write(line: string): void
}

/** The daemon's log: JSON lines, each to every sink. The level may be changed while it runs (`logger.level`). */
export const createLogger = (options: { level: LogLevel; runnerId: string; sinks: readonly LineSink[] }): PinoLogger =>
  pino(
    {
      level: options.level,
      base: { runner_id: options.runnerId },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorFields, cause: errorFields },
      // Nothing of ours logs these. Whoever does so by mistake leaks nothing.
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    },
    { write: (line: string) => options.sinks.forEach((sink) => sink.write(line)) },
  )

/** Fields whose values belong to tasks or callers. */
const secretNames = [
  'env',
  'payload',
  'spec',
  'context',
  'command',
  'argv',
  'authorization',
  'token',
  'password',
  'secret',
  'secrets',
  'headers',
]

/** Causes of an error that are told, and the longest message and stack, in UTF-16 units. */
const [causesMax, messageUnitsMax, stackUnitsMax] = [4, 2_000, 4_000]

/** An error by its words alone: libraries hang requests, answers and headers on theirs. */
const errorFields = (cause: unknown): unknown => wordsOf(cause, causesMax)

const wordsOf = (cause: unknown, causesLeft: number): unknown => {
  if (!(cause instanceof Error)) return typeof cause === 'string' ? cause.slice(0, messageUnitsMax) : typeof cause
  const { code } = cause as { code?: unknown }
  return {
    type: cause.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: cause.message.slice(0, messageUnitsMax),
    ...(cause instanceof RunnerError ? { path: cause.path, hint: cause.hint } : {}),
    stack: cause.stack?.slice(0, stackUnitsMax),
    ...(cause.cause !== undefined && causesLeft > 0 ? { cause: wordsOf(cause.cause, causesLeft - 1) } : {}),
  }
}
