import { RunnerError } from '../../src/domain/errors.ts'
import { attemptName, type AttemptKey, type Exit } from '../../src/domain/exit.ts'
import type { ExecutionPlan } from '../../src/domain/plan.ts'
import type { Executor, LaunchRequest } from '../../src/ports/executor.ts'
import type { Incarnation, World } from './world.ts'

/** What a simulated command does. It is the second word of its argv, as JSON; the first is `simulate`. */
export interface SimulatedBehaviour {
  readonly runMs?: number
  readonly exitCode?: number
  readonly signal?: string
  readonly oomKilled?: boolean
  /** Printed on stdout in this many pieces, spread over the run. */
  readonly print?: string
  readonly pieces?: number
  readonly printError?: string
  /** TERM has no effect. */
  readonly ignoreTerm?: boolean
  /** There is no such program. */
  readonly missingCommand?: boolean
  /** Launches that fail before one succeeds. */
  readonly launchFailures?: number
  /** It vanishes without a trace of how it ended. */
  readonly vanishes?: boolean
}

export const simulatedArgv = (behaviour: SimulatedBehaviour): string[] => ['simulate', JSON.stringify(behaviour)]

const behaviourOf = (plan: ExecutionPlan): SimulatedBehaviour => {
  const argv = plan.mode === 'native' ? plan.argv : (plan.command ?? [])
  return argv[0] === 'simulate' ? (JSON.parse(argv[1] ?? '{}') as SimulatedBehaviour) : { missingCommand: true }
}

/** An attempt as the outside knows it. */
export interface SimulatedProcess {
  readonly key: AttemptKey
  state: 'marked' | 'running' | 'ended' | 'missing' | 'lost'
  exit: Exit | null
  /** Cancellations of what it still has to do. */
  plans: (() => void)[]
  readonly onEnd: Set<() => void>
  behaviour: SimulatedBehaviour
}

/** Every attempt that has left a trace: survives crashes of the runner. */
export interface SimulatedMachine {
  readonly processes: Map<string, SimulatedProcess>
  /** How often each attempt's command was started, by name. */
  readonly starts: Map<string, number>
  /** Launches that were refused, by name. */
  readonly refusals: Map<string, number>
  /** Receives what processes print. */
  readonly print: (key: AttemptKey, stream: 'stdout' | 'stderr', text: string) => void
  /** Ends what runs of an attempt now, whatever its behaviour says: by this exit, or without a trace of it. */
  finish(key: AttemptKey, exit: Exit | 'missing' | 'lost'): void
  /** Everything that runs vanishes, as in a power failure of the host. */
  reboot(): void
}

export const createSimulatedMachine = (print: SimulatedMachine['print']): SimulatedMachine => {
  const processes = new Map<string, SimulatedProcess>()
  return {
    processes,
    starts: new Map(),
    refusals: new Map(),
    print,
    finish(key, exit) {
      const process = processes.get(attemptName(key))
      if (process?.state !== 'running') throw new Error(`${attemptName(key)} does not run`)
      if (typeof exit === 'string') end(process, exit, null)
      else end(process, 'ended', exit)
    },
    reboot() {
      for (const process of processes.values()) if (process.state === 'running') end(process, 'lost', null)
    },
  }
}

const end = (process: SimulatedProcess, state: 'ended' | 'missing' | 'lost', exit: Exit | null): void => {
  process.state = state
  process.exit = exit
  for (const cancel of process.plans.splice(0)) cancel()
  for (const tell of [...process.onEnd]) tell()
}

const exitOf = ({ exitCode = 0, signal, oomKilled = false }: SimulatedBehaviour): Exit =>
  signal === undefined ? { code: exitCode, signal: null, oomKilled } : { code: null, signal, oomKilled }

/** From TERM to the end of a process that obeys, in simulated milliseconds. */
const obeyMs = 3

/** Executes behaviours instead of programs, on the simulated machine. Marks, find-or-create and evidence are as the port promises. */
export const createSimulatedExecutor = (world: World, machine: SimulatedMachine, incarnation: Incarnation): Executor => {
  const fault = (): Error => new RunnerError('LAUNCH_FAILED', 'the simulated machine was busy')
  const broken = (): Error => new RunnerError('INTERNAL', 'the simulated machine gave no answer')

  const spawn = (process: SimulatedProcess, request: LaunchRequest): void => {
    const name = attemptName(request.key)
    const { runMs = 5, print = '', pieces = 1, printError = '', missingCommand, vanishes } = process.behaviour
    if (missingCommand) return end(process, 'missing', null)
    world.trace(`${name} starts`)
    machine.starts.set(name, (machine.starts.get(name) ?? 0) + 1)
    process.state = 'running'
    const size = Math.max(1, Math.ceil(print.length / pieces))
    for (let from = 0, piece = 1; from < print.length; from += size, piece++)
      process.plans.push(
        world.schedule((runMs * piece) / (pieces + 1), () => machine.print(process.key, 'stdout', print.slice(from, from + size))),
      )
    if (printError) process.plans.push(world.schedule(runMs / 2, () => machine.print(process.key, 'stderr', printError)))
    process.plans.push(
      world.schedule(runMs, () => {
        world.trace(`${name} ends`)
        if (vanishes) end(process, 'lost', null)
        else end(process, 'ended', exitOf(process.behaviour))
      }),
    )
  }

  const launch = (request: LaunchRequest): { attached: boolean } => {
    const name = attemptName(request.key)
    const known = machine.processes.get(name)
    if (known && known.state !== 'marked') return { attached: true }
    const process = known ?? {
      key: request.key,
      state: 'marked' as const,
      exit: null,
      plans: [],
      onEnd: new Set<() => void>(),
      behaviour: behaviourOf(request.plan),
    }
    machine.processes.set(name, process)
    const refused = machine.refusals.get(request.key.taskId) ?? 0
    if (refused < (process.behaviour.launchFailures ?? 0)) {
      machine.refusals.set(request.key.taskId, refused + 1)
      throw new RunnerError('LAUNCH_FAILED', 'the simulated launch failed')
    }
    spawn(process, request)
    return { attached: false }
  }

  const outcome = (process: SimulatedProcess): Exit => {
    if (process.state === 'ended') return process.exit!
    if (process.state === 'missing') throw new RunnerError('COMMAND_NOT_FOUND', 'there is no such command')
    throw new RunnerError('TASK_LOST', 'the process is gone and left no outcome')
  }

  /** Resolves at the end of a process, or when the signal aborts. */
  const ended = (process: SimulatedProcess, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (process.state !== 'running' || signal.aborted) return resolve()
      const tell = (): void => {
        process.onEnd.delete(tell)
        signal.removeEventListener('abort', tell)
        resolve()
      }
      process.onEnd.add(tell)
      signal.addEventListener('abort', tell)
    })

  const aborted = (): RunnerError => new RunnerError('INTERNAL', 'the call was aborted')

  return {
    provision: (key, plan) =>
      incarnation.call(
        `executor.provision ${attemptName(key)}`,
        () => (plan.mode === 'docker' ? { reference: plan.image, id: `sha256:${'0'.repeat(64)}`, digest: null } : null),
        fault,
      ),
    launch: (request, signal) => {
      if (signal.aborted) return Promise.reject(aborted())
      const name = attemptName(request.key)
      return incarnation
        .call(
          `executor.mark ${name}`,
          () => {
            if (!machine.processes.has(name))
              machine.processes.set(name, {
                key: request.key,
                state: 'marked',
                exit: null,
                plans: [],
                onEnd: new Set(),
                behaviour: behaviourOf(request.plan),
              })
          },
          fault,
        ) // prettier-ignore
        .then(() => incarnation.call(`executor.launch ${name}`, () => launch(request), broken))
    },
    wait: (key, signal) =>
      incarnation.call(`executor.wait ${attemptName(key)}`, async () => {
        const process = machine.processes.get(attemptName(key))
        if (!process || process.state === 'marked') throw new RunnerError('TASK_LOST', 'there is no mark of a started process')
        await ended(process, signal)
        if (signal.aborted && process.state === 'running') throw aborted()
        return outcome(process)
      }),
    stop: (key, graceMs, signal) =>
      incarnation.call(`executor.stop ${attemptName(key)}`, async () => {
        const process = machine.processes.get(attemptName(key))
        if (!process) return null
        if (process.state === 'running') {
          const { ignoreTerm } = process.behaviour
          const kill = (): void => {
            if (process.state === 'running') end(process, 'ended', { code: null, signal: ignoreTerm ? 'SIGKILL' : 'SIGTERM', oomKilled: false })
          }
          process.plans.push(world.schedule(ignoreTerm ? graceMs : obeyMs, kill))
          await ended(process, signal)
          if (signal.aborted && process.state === 'running') throw aborted()
        }
        return process.exit
      }, broken), // prettier-ignore
    drainLogs: (key) => incarnation.call(`executor.drainLogs ${attemptName(key)}`, () => {}),
    remove: (key) =>
      incarnation.call(`executor.remove ${attemptName(key)}`, () => {
        const process = machine.processes.get(attemptName(key))
        if (process?.state === 'running') end(process, 'ended', { code: null, signal: 'SIGKILL', oomKilled: false })
        machine.processes.delete(attemptName(key))
      }, broken), // prettier-ignore
    close: async () => {},
    list: () => incarnation.call('executor.list', () => [...machine.processes.values()].map(({ key }) => key)),
  }
}
