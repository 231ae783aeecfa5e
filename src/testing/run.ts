import { calm, type World } from '../../adapters/simulated/world.ts'
import { RunnerError } from '../domain/errors.ts'
import { attemptName } from '../domain/exit.ts'
import { endedStatuses } from '../domain/result.ts'
import { taskStream, type JournalRecord } from '../ports/journal.ts'
import type { Runner } from '../runner/api.ts'
import type { Engine } from '../runner/engine.ts'
import type { Observation } from '../runner/invariants.ts'
import { createRunnerFace } from '../runner/runner.ts'
import type { RunnerSettings } from '../runner/settings.ts'
import { createArrayClients, type Process } from './array-clients.ts'
import { createJournalWatch } from './journal-watch.ts'
import { createLogReaders } from './log-readers.ts'
import { sendNonsense } from './nonsense.ts'
import { isPassing } from './passing.ts'
import type { PlannedArray, PlannedTask } from './scenario.ts'
import type { OpenJournal, SimulatedHost } from './simulated-host.ts'
import { createUpdateReaders } from './update-readers.ts'

/** One simulated history: a service manager that starts the runner again, clients that submit, cancel and read, an operator that pauses and drains. */
export interface Run {
  /** What was found wrong while it ran. */
  readonly violations: string[]
  boot(): void
  /** Every client was told that its task was accepted. Asked after each event: it also watches over the process and the moment's invariants. */
  isSubmitted(): boolean
  /** Every task has ended, everybody was told, and nothing is left outside. */
  isSettled(): boolean
  /** Faults stop. */
  calmDown(): void
  /** A client that sends everything that must be refused, and one that looks at everything. */
  confuse(): void
  pause(ms: number): void
  fillDisk(ms: number): void
  drain(): void
  rebootHost(): void
  observe(settled: boolean): Observation
}

/** From a crash to the next process, in simulated milliseconds. */
const restartMsMax = 500
/** How long a client waits before it asks again. */
const [busyMs, cancelAgainMs] = [50, 1_000]

export const createRun = (
  world: World,
  host: SimulatedHost,
  settings: RunnerSettings,
  tasks: readonly PlannedTask[],
  arrays: readonly PlannedArray[],
  openJournal?: OpenJournal,
): Run => {
  const readers = createLogReaders(host)
  const watchers = createUpdateReaders()
  const accepted = new Set<string>()
  /** Sent, and the connection broke before an answer came. */
  const unanswered = new Set<PlannedTask>()
  const ended = new Set<string>()
  const violations: string[] = []
  let engine: Engine | null = null
  let runner: Runner | null = null
  let [ready, disturbed, booting, crashesSeen] = [false, true, false, 0]

  const journalWatch = createJournalWatch(settings)

  host.disk.onStored = (entry) => {
    const { record, row } = entry
    journalWatch.stored(entry, world.now())
    world.trace(`stored ${record.position} ${record.stream}#${record.seq} ${record.type}`)
    if (row && record.type === 'attempt.lost') {
      const name = attemptName({ taskId: row.id, attempt: row.attempt })
      if (host.machine.processes.get(name)?.state !== 'lost') violations.push(`I5: ${name} was told as lost, and was not`)
    }
    if (row && endedStatuses.has(row.status)) ended.add(row.id)
    if (row) arrayClients.stored(row)
  }

  const boot = (): void => {
    if (!openJournal) return begin(host.boot(settings))
    const incarnation = world.begin()
    openJournal(host.disk, incarnation).then(
      (journal) => begin(host.boot(settings, { incarnation, journal })),
      (cause: unknown) => violations.push(`I13: the journal could not be opened again: ${String(cause)}`),
    )
  }

  const begin = (own: Engine): void => {
    ;[engine, booting, ready] = [own, false, false]
    const face = createRunnerFace(own)
    runner = face
    own.start().then(
      () => {
        if (engine !== own) return
        world.trace('ready')
        ready = true
        readers.reconnect(own)
        watchers.reconnect(face, own.context.clock)
        for (const task of unanswered) submit(task)
        arrayClients.reconnect({ engine: own, runner: face })
      },
      (cause: unknown) => {
        if (engine !== own) return
        world.trace(`start failed: ${String(cause)}`)
        world.crash() // a process that cannot start ends, and is started again
      },
    )
  }

  const watchOver = (): void => {
    if (world.faults.crashes !== crashesSeen) {
      crashesSeen = world.faults.crashes
      engine = null
    }
    if (engine === null && !booting) {
      ;[booting, ready] = [true, false]
      world.schedule(world.random.int(1, restartMsMax), boot)
    }
    const running = new Map<string, number>()
    for (const { key, state } of host.machine.processes.values()) {
      if (state !== 'running') continue
      if (running.has(key.taskId)) violations.push(`I4: ${key.taskId} runs twice: attempts ${running.get(key.taskId)} and ${key.attempt}`)
      running.set(key.taskId, key.attempt)
      const row = host.disk.rows.get(key.taskId)
      if (!row || row.attempt < key.attempt || row.status === 'preparing')
        violations.push(
          `I7: attempt ${key.attempt} of ${key.taskId} runs, and on record it is ${row?.status ?? 'unknown'} at attempt ${row?.attempt ?? 0}`,
        )
    }
    violations.push(...journalWatch.problems.splice(0))
  }

  /** Sends the same task until it is told that it was accepted: an answer may be lost with a crash. */
  const submit = (task: PlannedTask): void => {
    if (accepted.has(task.id)) return
    if (engine === null || !ready) return void world.schedule(busyMs, () => submit(task))
    const [own, face] = [engine, runner!]
    unanswered.add(task)
    face.submit(task.submission).then(
      () => {
        unanswered.delete(task)
        if (!host.disk.rows.has(task.id)) violations.push(`I5: ${task.id} was acknowledged before it was durable`)
        if (accepted.has(task.id)) return
        accepted.add(task.id)
        if (task.cancelAfter !== null) world.schedule(task.cancelAfter, () => cancel(task.id))
        readers.open(own, task.id)
        watchers.open(face, task.id)
        repeat(face, task)
      },
      (cause: unknown) => {
        unanswered.delete(task)
        if (isPassing(cause)) world.schedule(busyMs, () => submit(task))
        else violations.push(`I6: ${task.id} was refused: ${String(cause)}`)
      },
    )
  }

  /** The same again is the same task; another body under its id is refused. */
  const repeat = (face: Runner, task: PlannedTask): void => {
    const another = { ...task.submission, priority: 1_000 }
    face.submit(another).then(
      () => violations.push(`I4: another body was accepted as ${task.id}`),
      (cause: unknown) => {
        if (!(cause instanceof RunnerError) || cause.code === 'INTERNAL') violations.push(`I4: ${task.id} again: ${String(cause)}`)
      },
    )
    face.submit(task.submission).then(
      ({ created }) => created && violations.push(`I4: ${task.id} was accepted twice`),
      () => {}, // draining, or the disk is full: nothing happened
    )
  }

  /** Wishes for its end until it has ended: a wish may be lost with a crash. */
  const cancel = (id: string): void => {
    if (ended.has(id)) return
    if (engine !== null && ready)
      engine.cancel(id, 'the client changed its mind').catch((cause: unknown) => {
        if (!isPassing(cause)) violations.push(`I6: cancel of ${id} failed: ${String(cause)}`)
      })
    world.schedule(cancelAgainMs, () => cancel(id))
  }

  /** What a result says of the output of a task that had one attempt: its size, and its end. */
  const tailProblems = (): string[] =>
    [...host.disk.rows.values()].flatMap(({ id, attempt, result }) => {
      if (attempt !== 1 || !result?.collected) return []
      const { stdoutTail, stdoutBytes } = result.collected.summary
      const printed = host.printed(id)
      const isEnd =
        printed.subarray(-settings.logs.tailBytes).toString().endsWith(stdoutTail) &&
        (printed.length === 0 || settings.logs.tailBytes === 0 || stdoutTail !== '')
      return stdoutBytes === printed.length && (isEnd || settings.logs.tailBytes === 0)
        ? []
        : [`${id}: the result tells of ${stdoutBytes} bytes that end with ${JSON.stringify(stdoutTail)}; ${printed.length} were printed`]
    })

  for (const task of tasks) world.schedule(task.submitAt, () => submit(task))
  const process = (): Process | null => (engine !== null && ready ? { engine, runner: runner! } : null)
  const arrayClients = createArrayClients(world, arrays, {
    process,
    isDurable: (id) => host.disk.rows.has(id),
    accepted(by, id) {
      readers.open(by.engine, id)
      watchers.open(by.runner, id)
    },
    violation: (sentence) => violations.push(sentence),
  })
  const expected = tasks.length + arrays.reduce((sum, { taskIds }) => sum + taskIds.length, 0)

  return {
    violations,
    boot,
    isSubmitted() {
      watchOver()
      return accepted.size === tasks.length && arrayClients.areAccepted()
    },
    isSettled() {
      watchOver()
      const now = process()
      if (now === null || ended.size < expected || !arrayClients.haveEnded(now)) return false
      const isTold = readers.done() && watchers.done() && watchers.cursor() === host.disk.records.length
      return isTold && host.machine.processes.size === 0 && host.directories.work.size === 0
    },
    calmDown() {
      disturbed = false
      world.weather = { ...calm, delayMsMax: world.weather.delayMsMax }
      host.disk.full = false
    },
    confuse() {
      const own = engine
      if (own === null || !ready || runner === null) return
      sendNonsense(runner, settings.native.oversubscribe).then(
        (problems) => violations.push(...problems.map((problem) => `I6: ${problem}`)),
        (cause: unknown) => violations.push(`I6: ${String(cause)}`),
      )
      const { places } = runner.status()
      for (const [name, { used, total }] of Object.entries(places))
        if (used > total) violations.push(`I8: ${name} uses ${used} of ${total} places`)
      for (const { id } of runner.list({ limit: 100 })) if (runner.explain(id).length === 0) violations.push(`I6: ${id} is not explained`)
    },
    pause(ms) {
      if (engine === null || !ready || !disturbed) return
      world.trace('pause')
      void engine.pause()
      const resume = (): void => {
        if (engine === null || !ready) return void world.schedule(busyMs, resume) // the pause outlives the process: somebody must end it
        void engine.resume()
      }
      world.schedule(ms, resume)
    },
    fillDisk(ms) {
      if (!disturbed) return
      world.trace('the disk is full')
      world.faults.failures++
      host.disk.full = true
      world.schedule(ms, () => {
        host.disk.full = false
      })
    },
    drain() {
      const own = engine
      if (own === null || !ready || !disturbed) return
      world.trace('drain')
      void own
        .drain('the operator restarts the runner')
        .then(() => own.close())
        .then(() => {
          if (engine === own) engine = null
        })
    },
    rebootHost() {
      if (!disturbed) return
      world.trace('the host reboots')
      world.crash()
      host.machine.reboot()
    },
    observe(settled) {
      const records = new Map<string, JournalRecord[]>()
      for (const record of host.disk.records) {
        const own = records.get(record.stream)
        if (own) own.push(record)
        else records.set(record.stream, [record])
      }
      // What nobody owns is there at times, and then removed; the rest never differs.
      for (const { name, seen, violations: found } of runner?.auditReport().invariants ?? [])
        if (seen > 0 && name !== 'I7') violations.push(`${name}: the audit of a sound runner saw ${found.join() || 'something'}`)
      const processes = [...host.machine.processes.values()]
      const inspected = engine !== null && ready ? engine.inspect() : null
      for (const [name, count] of host.machine.starts) if (count > 1) violations.push(`I4: the attempt ${name} was started ${count} times`)
      return {
        tasks: [...host.disk.rows.values()].map((row) => ({ row, records: records.get(taskStream(row.id)) ?? [] })),
        running: processes.filter(({ state }) => state === 'running').map(({ key }) => key),
        traces: [...processes, ...host.directories.work.values()].map(({ key }) => key),
        engine: inspected,
        attemptsMax: settings.retry.attempts,
        settled,
        logProblems: [...readers.problems, ...watchers.problems, ...tailProblems()],
      }
    },
  }
}
