import type { ContainerInspectInfo } from 'dockerode'
import { RunnerError } from '../../src/domain/errors.ts'
import { EngineRefusal, type Engine } from './engine.ts'
import { endedAtOf, endedFromOutside } from './outcome.ts'

/** Engine and runner tell the time by one clock, but not to the last millisecond. */
const slackMs = 100

/** Whether a container that failed was ended by the engine, as it stopped or came back, so that its exit says nothing about the task.
 * Without live-restore an engine that stops ends its containers by TERM and KILL, and one that was killed ends them when it comes back. */
export const endedWithEngine = async (engine: Engine, ended: ContainerInspectInfo, signal: AbortSignal): Promise<boolean> => {
  const at = endedAtOf(ended)
  if (at === null) return true // the engine has not seen it end
  const isFromOutside = endedFromOutside(ended.State.ExitCode)
  const fell = engine.outages().some(({ from, to }) => from - slackMs <= at && at <= to + slackMs) || !(await engine.listens(signal))
  if (fell) return isFromOutside || !(await restoresLive(engine, signal))
  if (!isFromOutside) return false
  const startedAt = await engineStart(engine, signal)
  return startedAt !== null && at <= startedAt
}

/** Whether containers outlive the engine: then one that ended while it was away ended by itself. False where it does not come back to be asked. */
const restoresLive = async (engine: Engine, signal: AbortSignal): Promise<boolean> => {
  try {
    const info = (await engine.insist(signal, (docker) => docker.info())) as { LiveRestoreEnabled?: boolean }
    return info.LiveRestoreEnabled === true
  } catch (cause) {
    if (cause instanceof EngineRefusal || (cause instanceof RunnerError && cause.code === 'ENGINE_UNAVAILABLE')) return false
    throw cause
  }
}

/** When the engine was started, Unix milliseconds: it then makes its network `bridge` anew, unless containers outlived it. Null where it has none. */
const engineStart = async (engine: Engine, signal: AbortSignal): Promise<number | null> => {
  try {
    const { Created } = (await engine.insist(signal, (docker) => docker.getNetwork('bridge').inspect())) as {
      Created?: string
    }
    return Date.parse(Created ?? '') || null
  } catch (cause) {
    if (cause instanceof EngineRefusal) return null
    throw cause
  }
}
