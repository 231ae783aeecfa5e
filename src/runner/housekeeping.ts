import type { AttemptKey } from '../domain/exit.ts'
import { arrayStream } from '../ports/journal.ts'
import type { Arrays } from './arrays.ts'
import { createAuditor, type Auditor } from './auditor.ts'
import type { CommitLog } from './commit-log.ts'
import type { EngineContext } from './engine-context.ts'
import type { BufferUse } from './invariants.ts'
import type { Janitor } from './janitor.ts'
import type { Placement } from './placement.ts'
import { ownership } from './recovery.ts'
import { createRetention } from './retention.ts'
import type { TaskSupervisor } from './task-supervisor.ts'

/** What goes on beside the tasks while an engine runs: it watches over itself, and gives up what is old. */
export interface Housekeeping extends Pick<Auditor, 'audit' | 'report'> {
  /** The engine has taken up what there was. */
  begin(): void
  /** The settings have changed. */
  reconsider(): void
  close(): Promise<void>
}

/** Parts of the engine that are looked at. */
export interface EngineParts {
  readonly supervisor: TaskSupervisor
  readonly placement: Placement
  readonly janitor: Janitor
  readonly log: CommitLog
  readonly arrays: Arrays
}

/** What the invariants want to know of the engine's memory. */
export const inspectParts = ({ settings }: EngineContext, { supervisor, placement, log }: Omit<EngineParts, 'arrays'>) => {
  const live = [...supervisor.live().values()].map(({ row }) => row)
  return {
    placed: placement.placed(),
    arrayPlaces: placement.arrayPlaces(),
    live,
    buffers: [uncommitted(settings, log.uncommittedBytes(), live.length)],
  }
}

/** Of one live task: a result with what it printed of itself, and the progress that it tells until the limit is reached. */
const recordBytesMax = 4 * 2 ** 20
/** Around what a submission holds. */
const wrappingBytes = 4_096

/** Submissions wait at the limit, so that one may cross it. What running tasks do is taken all the same. */
const uncommitted = ({ limits, logs }: EngineContext['settings'], bytes: number, liveTasks: number): BufferUse => ({
  name: 'uncommitted',
  bytes,
  bytesMax: limits.uncommittedBytes + limits.payloadUnits + wrappingBytes + liveTasks * (recordBytesMax + 2 * logs.tailBytes),
})

export const createHousekeeping = (context: EngineContext, parts: EngineParts): Housekeeping => {
  const { supervisor, janitor, log, arrays } = parts
  const arrayPrefix = arrayStream('')
  const auditor = createAuditor(context, {
    live: () => supervisor.live(),
    engine: () => inspectParts(context, parts),
    ownership: () => ownership(context, supervisor),
    isBeingRemoved: (key: AttemptKey) => janitor.isAtWorkOn(key) || supervisor.isUnwinding(key.taskId),
    isHeld: () => log.trouble() !== null,
    remove: (key, signal) => janitor.remove(key, signal),
  })
  const retention = createRetention(context, {
    forgotten: (stream) => stream.startsWith(arrayPrefix) && arrays.forgotten(stream.slice(arrayPrefix.length)),
  })
  let begun = false
  const reconsider = (): void => {
    if (!begun) return
    auditor.reconsider()
    retention.reconsider()
  }
  return {
    audit: () => auditor.audit(),
    report: () => auditor.report(),
    begin() {
      begun = true
      reconsider()
    },
    reconsider,
    close: async () => void (await Promise.all([auditor.close(), retention.close()])),
  }
}
