import { Subject, distinctUntilChanged, type Observable } from 'rxjs'
import * as z from 'zod'
import type { Progress } from '../domain/events.ts'
import type { AttemptKey } from '../domain/exit.ts'
import type { OutputSummary } from '../domain/result.ts'
import type { Clock } from '../ports/clock.ts'
import type { LogStore } from '../ports/log-store.ts'
import { controlPrefix, eventPrefix, parseControlLine, resultPrefix, type ControlProblem } from './control-lines.ts'
import { createLogCap, type LogCap } from './log-cap.ts'
import { createPrefixedLines, type PrefixedLines, type ScanPosition } from './prefixed-lines.ts'
import { createPump } from './pump.ts'
import { createReported, reportedSchema, type Reported, type ReportedDocument } from './reported.ts'
import { readTextTail } from './text-tail.ts'
import { throttleLatest } from './throttle-latest.ts'

/** What one attempt says: progress while it runs, a summary once it has ended. */
export interface AttemptOutput {
  /** Hot; changes only, at most one per second, the last always. Completes with `drain` or `close`. */
  readonly progress: Observable<Progress>
  /** Starts reading while the attempt runs. Idempotent. */
  follow(): void
  /** The attempt has ended: reads every stream to its end. Works without `follow` before, and by another process after a crash. May be called again after it rejected.
   * Rejects with the signal's reason, or with the log store's RunnerError. */
  drain(signal: AbortSignal): Promise<OutputSummary>
  /** Stops reading. Idempotent; what was read is not lost. */
  close(): void
}

export interface AttemptOutputDeps {
  readonly logs: LogStore
  readonly clock: Clock
  /** Told of each control line that was not understood. */
  readonly countProblem?: (problem: ControlProblem) => void
}

export interface AttemptOutputOptions {
  /** Cap of stdout and of stderr; see `LogCapOptions`. */
  readonly bytesMax: number
  /** Of stdout and of stderr, in the summary. */
  readonly tailBytes: number
  /** A longer control line is output like any other. */
  readonly lineBytesMax: number
  /** See `LogCapOptions`. Default: a quarter of the cap, at least 1 MiB. */
  readonly discardStepBytes?: number
}

const progressIntervalMs = 1_000
/** Bytes of one read: the search over them takes some tens of microseconds. */
const scanBytesMax = 1 << 18
/** Lines of one stream that look like control lines and are none. Whoever prints more prints something else that begins the same: from then on its lines
 * are output like any other, so that a flood of them (6 µs each, measured) cannot keep the runner busy. */
const problemsMax = 10_000

/** Opens the output of one attempt. Memory is bounded whatever the attempt prints: one control line and what was reported per stream. */
export const openAttemptOutput = (deps: AttemptOutputDeps, key: AttemptKey, options: AttemptOutputOptions): AttemptOutput => {
  const { logs, clock } = deps
  const { bytesMax, tailBytes, discardStepBytes = Math.max(1 << 20, Math.floor(bytesMax / 4)) } = options
  const cap = (stream: 'stdout' | 'stderr', remember: () => Promise<void>): LogCap =>
    createLogCap(logs, key, stream, { bytesMax, stepBytes: discardStepBytes }, remember)

  const reports = new Subject<Progress>()
  const progress = new Subject<Progress>()
  const telling = reports.pipe(throttleLatest(progressIntervalMs, clock), distinctUntilChanged(isSameProgress)).subscribe(progress)

  const scanOf = (prefixes: readonly string[], saved?: Checkpoint): Scan => openScan(deps, prefixes, options.lineBytesMax, saved)
  const events = scanOf([eventPrefix])
  let stdout: Scan | null = null
  const stdoutCap = cap('stdout', () => logs.saveCheckpoint(key, JSON.stringify(checkpointOf(stdout!))))
  const stderrCap = cap('stderr', async () => {})

  /** Progress is told when all there is for now was read, not in the middle of a backlog; under a flood that never ends, once per interval. */
  const tellProgress = (scan: Scan, isCaughtUp: boolean): void => {
    const { progress: reported } = scan.reported
    if (!reported || reported === scan.told || !(isCaughtUp || clock.monotonic() - scan.toldAt >= progressIntervalMs)) return
    scan.told = reported
    scan.toldAt = clock.monotonic()
    reports.next(reported)
  }
  const readOn = async (stream: 'stdout' | 'events', scan: Scan): Promise<boolean> => {
    const chunk = await logs.read(key, stream, scan.lines.offset, scanBytesMax)
    const hasRead = chunk.bytes.length > 0
    if (hasRead) scan.lines.push(chunk)
    else if (scan.lines.offset > 0) {
      // A task may cut its own files. Events are few and may be read again; output goes on where the file ends now.
      const size = await logs.size(key, stream)
      if (size < scan.lines.offset)
        scan.lines.seek(stream === 'events' ? { offset: 0, atLineStart: true } : { offset: size, atLineStart: size === 0 })
      if (size > 0 && scan.lines.offset === 0) return true
    }
    tellProgress(scan, chunk.bytes.length < scanBytesMax)
    return hasRead
  }
  const pumps = {
    stdout: createPump(async () => {
      stdout ??= scanOf([controlPrefix, resultPrefix], await loadCheckpoint(logs, key))
      const hasRead = await readOn('stdout', stdout)
      if (hasRead) await stdoutCap.enforce(stdout.lines.position.offset, false)
      return hasRead
    }),
    events: createPump(() => readOn('events', events)),
    stderr: createPump(async () => {
      await stderrCap.enforce(await logs.size(key, 'stderr'), false)
      return false
    }),
  }
  let unwatch: (() => void)[] | null = null
  const rest = (): void => unwatch?.forEach((end) => end())

  return {
    progress: progress.asObservable(),
    follow() {
      if (unwatch) return
      unwatch = streams.map((stream) => logs.watch(key, stream, pumps[stream].nudge))
    },
    async drain(signal) {
      rest()
      await Promise.all(streams.map((stream) => pumps[stream].finish(signal)))
      stdout!.lines.end()
      events.lines.end()
      for (const scan of [stdout!, events]) tellProgress(scan, true)
      reports.complete()
      const out = await readTextTail(logs, key, 'stdout', tailBytes, bytesMax)
      const err = await readTextTail(logs, key, 'stderr', tailBytes, bytesMax)
      await stdoutCap.enforce(out.size, true)
      await stderrCap.enforce(err.size, true)
      signal.throwIfAborted()
      return {
        stdoutTail: out.text,
        stderrTail: err.text,
        stdoutBytes: out.size,
        stderrBytes: err.size,
        metrics: Object.fromEntries([...stdout!.reported.metrics, ...events.reported.metrics]),
        runnerOutput: events.reported.result ?? stdout!.reported.result ?? null,
        exception: events.reported.exception ?? stdout!.reported.exception,
      }
    },
    close() {
      rest()
      for (const stream of streams) pumps[stream].stop()
      telling.unsubscribe()
      progress.complete()
    },
  }
}

const streams = ['stdout', 'stderr', 'events'] as const

/** One stream on its way through a scanner. */
interface Scan {
  readonly lines: PrefixedLines
  readonly reported: Reported
  /** The progress that was told last, and when on the monotonic scale. */
  told: Progress | null
  toldAt: number
}

const openScan = (
  { clock, countProblem }: AttemptOutputDeps,
  prefixes: readonly string[],
  lineBytesMax: number,
  saved?: Checkpoint,
): Scan => {
  const reported = createReported(saved?.reported)
  const note = (problem: ControlProblem | null): void => {
    if (!problem) return
    reported.problems++
    countProblem?.(problem)
  }
  const lines = createPrefixedLines({
    prefixes,
    lineBytesMax,
    ...(saved ? { from: saved.position } : {}),
    found: (prefix, bytes) => {
      if (reported.problems >= problemsMax) return
      const message = parseControlLine(prefix, bytes)
      note(typeof message === 'string' ? message : reported.add(message))
    },
    tooLong: () => note('too_long'),
  })
  return { lines, reported, told: null, toldAt: clock.monotonic() }
}

/** What the scanner of stdout knows of bytes that may be gone. */
interface Checkpoint {
  readonly position: ScanPosition
  readonly reported: ReportedDocument
}
const checkpointSchema = z.object({
  version: z.literal(1),
  position: z.object({ offset: z.int().nonnegative(), atLineStart: z.boolean() }),
  reported: reportedSchema,
})

const checkpointOf = ({ lines, reported }: Scan): z.input<typeof checkpointSchema> => ({
  version: 1,
  position: lines.position,
  reported: reported.save(),
})

/** A checkpoint that cannot be read is none: the scan begins anew, and what was in bytes that are gone is not known. */
const loadCheckpoint = async (logs: LogStore, key: AttemptKey): Promise<Checkpoint | undefined> => {
  const text = await logs.loadCheckpoint(key)
  if (text === null) return undefined
  try {
    return checkpointSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

const isSameProgress = (a: Progress, b: Progress): boolean => a.percent === b.percent && a.step === b.step && a.message === b.message
