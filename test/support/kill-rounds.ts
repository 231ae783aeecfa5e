import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, constants, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openJournalReader } from '../../adapters/sqlite/journal.ts'
import { createSeededRandom } from '../../adapters/simulated/random.ts'
import { endedStatuses } from '../../src/domain/result.ts'
import { taskStream } from '../../src/ports/journal.ts'
import { violationsOf, type Observation } from '../../src/runner/invariants.ts'
import { createRunnerHome, until, type RunnerHome } from './runner-home.ts'

export interface RoundOptions {
  readonly seed: number
  readonly tasks: number
  /** Sources of another version, whose runner accepts and starts the tasks; from the kill on it is this one. */
  readonly before?: string | undefined
}

export interface RoundReport {
  readonly seed: number
  readonly tasks: number
  /** When the runner was killed, in words. */
  readonly kills: readonly string[]
  /** From the start of the process that took up all tasks to its being ready, in milliseconds. */
  readonly recoveryMs: number
  readonly tookMs: number
  /** Everything that was lost, doubled or left. */
  readonly problems: readonly string[]
}

/** Room for all at once, and time enough for a loaded machine: only kills may disturb. */
const configFor = (tasks: number) => ({
  classes: { cpu_short: { concurrency: tasks, timeout_seconds: 900 } },
  http: { listen: '127.0.0.1:0' },
})

/** Submissions under way at once. */
const clients = 16
const exitCodes = [0, 0, 3, 7, 42]
const [linesBefore, linesAfter] = [8, 5]

/** Kills a runner again and again while all tasks of a round run, and looks at what became of each of them. One data directory for all rounds. */
export const createKillRounds = (tasks: number) => {
  const home = createRunnerHome(configFor(tasks))
  const gate = join(home.countMount.host_path, 'gate')
  execFileSync('mkfifo', [gate])
  chmodSync(gate, 0o666)
  return {
    run: (seed: number, before?: string): Promise<RoundReport> => playRound(home, gate, { seed, tasks, before }),
    close: () => home.close(),
  }
}

const playRound = async (home: RunnerHome, gate: string, { seed, tasks, before }: RoundOptions): Promise<RoundReport> => {
  const startedAt = Date.now()
  const random = createSeededRandom(seed)
  const planned = Array.from({ length: tasks }, (_, index) => ({
    id: `s${seed}-${index}`,
    exitCode: random.pick(exitCodes),
    seconds: random.int(1, 4) / 10,
  }))
  const kills: string[] = []
  const killWhile = async (what: string, afterMsMax: number): Promise<void> => {
    const afterMs = random.int(0, afterMsMax)
    await delay(afterMs)
    await home.kill()
    kills.push(`${what}+${afterMs}ms`)
  }
  const gateFd = openSync(gate, constants.O_RDWR) // held open, so that no task waits for its other end
  try {
    home.use(before ?? null)
    await Promise.all([submitAll(home, planned), random.chance(0.3) ? killWhile('launching', 3_000) : undefined])
    await until(
      () => `${begun(home, seed)} of ${tasks} tasks have begun`,
      async () => (await home.runner(), begun(home, seed) === tasks),
      300_000,
    )
    await killWhile('running', 1_000)
    home.use(null)
    for (let times = random.int(0, 2); times > 0; times--) {
      home.start()
      await killWhile('starting', 1_500)
    }
    const recovering = Date.now()
    await home.runner()
    const recoveryMs = Date.now() - recovering
    const early = reattached(home, planned)
    if (random.chance(0.3)) await killWhile('recovered', 200) // then they end while nobody watches
    writeSync(gateFd, '\n'.repeat(tasks))
    if (random.chance(0.7)) {
      await home.runner()
      await killWhile('ending', 2_500)
    }
    await home.runner()
    await until(
      () => `${unended(home)} tasks have not ended`,
      () => unended(home) === 0,
      300_000,
    )
    await home.settled()
    const problems = [...early, ...verify(home, planned)]
    return { seed, tasks, kills, recoveryMs, tookMs: Date.now() - startedAt, problems }
  } finally {
    closeSync(gateFd)
  }
}

interface PlannedTask {
  readonly id: string
  readonly exitCode: number
  /** Between two lines before the gate. */
  readonly seconds: number
}

const linesOf = (id: string): string[] => Array.from({ length: linesBefore + linesAfter }, (_, index) => `${id} line ${index + 1}`)

/** Prints slowly, waits for the gate without using the processor, prints on and exits. */
const script = `printf s >>/count/$1
for i in $(seq 1 ${linesBefore}); do echo "$1 line $i"; echo "$1 error $i" >&2; [ $((i % 2)) = 0 ] || sleep $3; done
read -r go </count/gate
for i in $(seq ${linesBefore + 1} ${linesBefore + linesAfter}); do echo "$1 line $i"; done
exit $2`

const submitAll = async (home: RunnerHome, planned: readonly PlannedTask[]): Promise<void> => {
  const waiting = [...planned]
  const client = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      const { id, exitCode, seconds } = task
      const command = ['sh', '-c', script, 'sh', id, String(exitCode), String(seconds), home.token]
      const answer = await home.ask('POST', '/api/v1/tasks', { id, payload: { execution: { command, mounts: [home.countMount] } } })
      if (answer.status >= 300) throw new Error(`${id} was not accepted: ${answer.body.toString()}`)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
}

const begun = (home: RunnerHome, seed: number): number =>
  readdirSync(home.countMount.host_path).filter((name) => name.startsWith(`s${seed}-`)).length

const journal = <T>(home: RunnerHome, look: (reader: ReturnType<typeof openJournalReader>) => T): T => {
  const reader = openJournalReader(join(home.dataDir, 'journal.sqlite'))
  try {
    return look(reader)
  } finally {
    reader.close()
  }
}

const unended = (home: RunnerHome): number =>
  journal(home, (reader) => {
    let count = 0
    reader.eachLiveTask(() => count++)
    return count
  })

/** With the gate shut every task must still be the one that was started. */
const reattached = (home: RunnerHome, planned: readonly PlannedTask[]): string[] =>
  journal(home, (reader) =>
    planned.flatMap(({ id }) => {
      const row = reader.findTask(id)
      if (row?.status === 'running' && row.attempt === 1 && home.starts(id) === 1) return []
      return [`${id} is ${row?.status ?? 'unknown'} at attempt ${row?.attempt ?? 0} with ${home.starts(id)} starts after the recovery`]
    }),
  )

const verify = (home: RunnerHome, planned: readonly PlannedTask[]): string[] =>
  journal(home, (reader) => {
    const tasks: Observation['tasks'] = planned.flatMap(({ id }) => {
      const row = reader.findTask(id)
      return row === null ? [] : [{ row, records: reader.readStream(taskStream(id), 0, 10_000) }]
    })
    const settled = { tasks, running: [], traces: [], engine: null, attemptsMax: 1, settled: true, logProblems: [] }
    return [
      ...violationsOf(settled),
      ...planned.flatMap((task) =>
        verifyTask(
          home,
          task,
          tasks.find(({ row }) => row.id === task.id),
        ),
      ),
    ]
  })

const verifyTask = (home: RunnerHome, { id, exitCode }: PlannedTask, found: Observation['tasks'][number] | undefined): string[] => {
  if (found === undefined) return [`${id} is lost`]
  const { row, records } = found
  const stdout = `${linesOf(id).join('\n')}\n`
  const summary = row.result?.collected?.summary
  const logged = readFileSync(join(home.dataDir, 'logs/tasks', id, '1.stdout'), 'utf8')
  const errors = readFileSync(join(home.dataDir, 'logs/tasks', id, '1.stderr'), 'utf8')
  const facts: readonly (readonly [what: string, found: unknown, expected: unknown])[] = [
    ['status', row.status, exitCode === 0 ? 'completed' : 'failed'],
    ['ended', endedStatuses.has(row.status), true],
    ['exit code', row.result?.exit?.code, exitCode],
    ['error', row.result?.failure?.code ?? null, exitCode === 0 ? null : 'EXIT_NONZERO'],
    ['attempts', row.attempt, 1],
    ['starts', home.starts(id), 1],
    ['launches', records.filter(({ type }) => type === 'attempt.launched').length, 1],
    ['stdout', logged, stdout],
    ['stdout of the result', summary?.stdoutTail, stdout],
    ['stderr', errors, Array.from({ length: linesBefore }, (_, index) => `${id} error ${index + 1}\n`).join('')],
  ]
  return facts
    .filter(([, is, expected]) => is !== expected)
    .map(([what, is, expected]) => `${id}: ${what} is ${JSON.stringify(is)}, not ${JSON.stringify(expected)}`)
}
