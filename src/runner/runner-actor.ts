import { runnerEffects, runnerMachine, type RunnerEvent } from '../../machines/runner/runner.machine.ts'
import { toFailure } from '../domain/errors.ts'
import type { PublicEventType } from '../domain/events.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Clock } from '../ports/clock.ts'
import type { Journal, JournalRecord } from '../ports/journal.ts'
import type { Logger } from '../ports/logger.ts'
import type { CommitLog } from './commit-log.ts'
import type { EngineContext } from './engine-context.ts'
import { foldRunner, type Folded } from './fold.ts'
import { createActorFactory, stateOf } from './journalled-actor.ts'

export type RunnerState = 'idle' | 'recovering' | 'accepting' | 'paused' | 'draining' | 'stopped'

/** The runner's own actor: the one parent of the engine's parts, itself journalled in the stream `runner`. */
export interface RunnerActor {
  /** As of the last event taken. */
  state(): RunnerState
  accepts(): boolean
  /** Resolves when the event is committed and released; false when it changes nothing.
   * @throws RunnerError `RUNNER_UNREACHABLE` when the engine was closed before */
  send(event: RunnerEvent): Promise<boolean>
}

const pageRecords = 10_000

const readAll = (journal: Journal): JournalRecord[] => {
  const records: JournalRecord[] = []
  for (;;) {
    const page = journal.readStream('runner', records.length, pageRecords)
    records.push(...page)
    if (page.length < pageRecords) return records
  }
}

/** @param carryOut told of each effect, after the commit
 * @param committed told of each record */
export const createRunnerActor = (
  { clock, journal, settings, logger }: EngineContext,
  log: CommitLog,
  carryOut: (effect: (typeof runnerEffects)[number]) => void,
  committed: (record: JournalRecord) => void,
): RunnerActor => {
  const folded = foldOrBeginAnew(journal, clock, logger)
  const actor = createActorFactory(runnerMachine, [...runnerEffects, 'announce'])(folded.snapshot)
  let seq = folded.nextSeq
  return {
    state: () => actor.snapshot().value as RunnerState,
    accepts: () => actor.snapshot().hasTag('accepts'),
    send: (event) =>
      new Promise((resolve, reject) => {
        const applied = actor.take(event)
        if (applied === null) return resolve(false)
        const { type, ...data } = event
        const told = applied.noted
          .filter((action) => action.type === 'announce')
          .map(({ params }) => ({ type: (params as { type: PublicEventType }).type, data: { runner_id: settings.runnerId, seq } }))
        const draft = {
          stream: 'runner',
          seq: seq++,
          at: clock.now(),
          type,
          data: data as JsonObject,
          state: stateOf(applied.after),
          public: told,
        }
        const release = (record: JournalRecord): void => {
          resolve(true)
          committed(record)
          for (const { type: action } of applied.noted)
            if ((runnerEffects as readonly string[]).includes(action)) carryOut(action as (typeof runnerEffects)[number])
        }
        log.append(draft, null, release, reject)
      }),
  }
}

/** The runner's own history must not keep it from starting: what cannot be understood is put aside, and with it the memory of a pause. */
const foldOrBeginAnew = (journal: Journal, clock: Clock, logger: Logger): Folded<typeof runnerMachine> => {
  try {
    return foldRunner(readAll(journal))
  } catch (cause) {
    logger.error({ err: cause }, "the runner's own records were put aside: they cannot be understood")
    journal.quarantine('runner', toFailure(cause).message, clock.now())
    return foldRunner([])
  }
}
