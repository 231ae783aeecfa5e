import type { TaskEvent } from '../../machines/task/task.machine.ts'
import { RunnerError, type Failure } from '../../src/domain/errors.ts'
import { attemptName } from '../../src/domain/exit.ts'
import { taskStream, type JournalRecord } from '../../src/ports/journal.ts'
import type { EngineContext } from '../../src/runner/engine-context.ts'
import { violationsOf } from '../../src/runner/invariants.ts'
import { createSimulatedRunner, submissionOf, type SimulatedProcess } from '../support/simulated-runner.ts'
import { createGates, type Gates } from './gates.ts'
import { essenceOf, valueOf } from './outside.ts'
import type { TaskSnapshot } from './task-events.ts'

const id = 'puppet'
/** Of phases and pauses, in simulated milliseconds: far apart, so that one is over before another one of the same state. */
const times = {
  prepare: 1_000,
  run: 2_000,
  stop: 3_000,
  collect: 4_000,
  backOff: 1_000,
  longer: 1_000_000_000,
  queue: 5_000_000,
  total: 60_000,
}

/** How long the steps of a path before its total deadline take. */
const agedBy = (events: readonly TaskEvent[]): number => {
  let ms = 500
  for (const event of events) {
    if (event.type === 'deadline.elapsed' && event.phase === 'total') break
    if (event.type === 'deadline.elapsed') ms += times[event.phase]
    if (event.type === 'backoff.elapsed') ms += times.backOff
  }
  return ms
}

/** One task of a real engine on the simulated host, whose outside does nothing until the path says so. */
export const createPuppet = async (events: readonly TaskEvent[], attemptsMax: number) => {
  const isTotal = events.some((event) => event.type === 'deadline.elapsed' && event.phase === 'total')
  const [queue, total] = isTotal ? [times.longer, times.total] : [times.queue, times.longer]
  const gates = createGates()
  const simulated = createSimulatedRunner({
    context: (context) => gated(context, gates),
    settings: {
      classes: { cpu_short: { timeoutMs: times.run, concurrency: 1, queueTimeoutMs: queue } },
      timeouts: {
        prepareMs: times.prepare,
        stopMs: times.stop - 100,
        graceMs: 100,
        collectMs: times.collect,
        totalMs: total,
        drainMs: 1_000,
      },
      retry: { attempts: attemptsMax, baseMs: times.backOff, factor: 1, capMs: times.backOff, jitter: 0 },
    },
  })
  const { world, host, boot, during, until, pass } = simulated
  let { runner, engine }: SimulatedProcess = await boot()
  await during(runner.pause())
  await during(runner.submit(submissionOf(id, { runMs: times.longer })))
  if (isTotal) await pass(total - agedBy(events))

  const records = (): JournalRecord[] => host.disk.records.filter(({ stream }) => stream === taskStream(id))
  const running = (attempt: number) => ({ taskId: id, attempt })

  /** Lets the outside do what leads to the event; nothing for a deadline: that comes by itself. */
  const provoke = async (event: TaskEvent, from: string): Promise<void> => {
    switch (event.type) {
      case 'task.admit':
        return void (await during(runner.resume()))
      case 'task.cancel':
        return void runner.task(id).cancel(event.reason)
      case 'attempt.prepared':
        return gates.open('prepare', event.attempt)
      case 'attempt.launched':
        return gates.open('launch', event.attempt)
      case 'attempt.exited':
        return host.machine.finish(running(event.attempt), event.failure?.code === 'COMMAND_NOT_FOUND' ? 'missing' : event.exit)
      case 'attempt.lost':
        return host.machine.finish(running(event.attempt), 'lost')
      case 'attempt.stopped':
        return gates.open('stop', event.attempt)
      case 'attempt.collected':
        gates.open('logs', event.attempt)
        if (event.failure) return gates.fail('collect', event.attempt, errorOf(event.failure))
        return gates.open('collect', event.attempt)
      case 'attempt.failed': {
        const call = ({ preparing: 'prepare', 'running.executing': 'launch', collecting: 'logs' } as const)[from as 'preparing']
        return gates.fail(call, event.attempt, errorOf(event.failure))
      }
      case 'deadline.elapsed':
      case 'backoff.elapsed':
        return
    }
  }

  return {
    /** Provokes the event and waits for its commit. Answers the record; nothing but this one may have come of it. */
    async step(event: TaskEvent, from: TaskSnapshot): Promise<JournalRecord> {
      const before = records().length
      await provoke(event, valueOf(from))
      await until(() => records().length > before)
      if (event.type === 'task.admit') await during(runner.pause())
      await pass(1) // and nothing else follows from it
      const added = records().slice(before)
      if (added.length !== 1) throw new Error(`${event.type} was followed by ${added.map(({ type }) => type).join()}`)
      if (valueOf(from) === 'collecting') gates.open('logs', from.context.attempt) // who reads on in vain is let go
      return added[0]!
    },
    essence: () => essenceOf(records().findLast(({ state }) => state !== null)!.state as unknown as TaskSnapshot),
    async crash(): Promise<void> {
      world.crash()
      gates.forget()
      ;({ runner, engine } = await boot())
      await pass(1)
    },
    /** Lets everything go that is held up. Answers what is wrong once all is quiet. */
    async finish(): Promise<string[]> {
      gates.openAll()
      await until(() => host.machine.processes.size === 0 && host.directories.work.size === 0)
      const row = runner.task(id).status()
      const starts = [...host.machine.starts].filter(([, count]) => count > 1).map(([name]) => `${name} was started twice`)
      const observation = {
        tasks: [{ row, records: records() }],
        running: [],
        traces: [],
        engine: engine.inspect(),
        attemptsMax,
        settled: true,
        logProblems: [],
      }
      return [...violationsOf(observation), ...starts]
    },
    nameOf: (attempt: number) => attemptName(running(attempt)),
  }
}

const errorOf = ({ code, message }: Failure): Error => (code === 'INTERNAL' ? new TypeError(message) : new RunnerError(code, message))

const gated = (context: EngineContext, gates: Gates): EngineContext => {
  const { workspace, executor, logs } = context
  return {
    ...context,
    workspace: {
      ...workspace,
      prepare: (key, tenant, inputs, files, signal) =>
        gates.pass('prepare', key.attempt, signal).then(() => workspace.prepare(key, tenant, inputs, files, signal)),
      collect: (key, outputs, signal) => gates.pass('collect', key.attempt, signal).then(() => workspace.collect(key, outputs, signal)),
    },
    executor: {
      ...executor,
      launch: (request, signal) => gates.pass('launch', request.key.attempt, signal).then(() => executor.launch(request, signal)),
      stop: (key, graceMs, signal) => gates.pass('stop', key.attempt, signal).then(() => executor.stop(key, graceMs, signal)),
    },
    logs: {
      ...logs,
      size: (key, stream) => gates.pass('logs', key.attempt).then(() => logs.size(key, stream)),
      read: (key, stream, offset, bytesMax) => gates.pass('logs', key.attempt).then(() => logs.read(key, stream, offset, bytesMax)),
    },
  }
}
