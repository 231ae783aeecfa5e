/* How fast the SQLite journal commits, in a worker thread and on the main thread.
 *
 *   node bench/journal-commit.ts [--entries 30000] [--work-us 10] [--rounds 3] [--dir DIRECTORY]
 *
 * First table: one batch after the other. `main µs` is the time in which the main thread could do nothing else, for each entry;
 * `delay` is how late a timer of 1 ms comes meanwhile. Second table: what a runner does. Submitters that each wait for their own
 * commit, `--work-us` of other work of the main thread for each entry, and a batch of what came in
 * during the commit before, up to a size: below the number in flight, so that one batch is made while another is on its way to disk. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openJournal } from '../adapters/sqlite/journal.ts'
import type { Journal, JournalEntry } from '../src/ports/journal.ts'

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '30000' },
    'work-us': { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
  },
})
const entriesWanted = Number(values.entries)
const rounds = Number(values.rounds)
const workUs = Number(values['work-us'])

const execution = {
  command: ['python3', 'train.py', '--epochs', '3'], env: { A: 'b' }, mounts: [], resources: { cpu_millicores: 500, mem_bytes: 268_435_456 },
  timeout_seconds: 60, secrets: [], network: 'none',
} // prettier-ignore

/** A submission as the runner journals it: about 440 bytes of data. */
const submission = (position: number): JournalEntry => {
  const id = `0192f0c1-7b3a-7000-8000-${String(position).padStart(12, '0')}`
  const at = 1_700_000_000_000 + position
  const spec = {
    id,
    class: 'cpu_short',
    tenant: 'default',
    workflowId: null,
    priority: 0,
    context: { run: 'a' },
    execution,
    artifacts: { inputs: [], outputs: [{ name: 'model', path: 'out/model.bin', optional: false }] },
  }
  const context = { attemptsMax: 3, attempt: 0, launchedAttempt: 0, cancelReason: null, failure: null, exit: null }
  return {
    record: {
      position,
      stream: `task:${id}`,
      seq: 0,
      at,
      type: 'task.submitted',
      data: { spec },
      state: { value: 'pending', context },
      public: [{ type: 'task_submitted', data: {} }],
    },
    row: {
      id, specDigest: 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef', class: 'cpu_short', tenant: 'default', workflowId: null, array: null,
      priority: 0, cpuMillicores: 500, memoryBytes: 268_435_456, status: 'pending', placed: false, attempt: 0, submittedAt: at, startedAt: null,
      completedAt: null, failure: null, cancelReason: null, result: null, progress: null,
    }, // prettier-ignore
  }
}

const submissions = (after: number, count: number): JournalEntry[] =>
  Array.from({ length: count }, (_, index) => submission(after + 1 + index))

const spin = (us: number): void => {
  for (const end = performance.now() + us / 1_000; performance.now() < end;);
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!

interface Measured {
  readonly entries: number
  /** Of each append, or of each submission, in milliseconds. */
  readonly latencies: number[]
  readonly commits: number
}

/** One batch after the other. */
const inTurn =
  (batchSize: number) =>
  async (journal: Journal): Promise<Measured> => {
    const latencies: number[] = []
    const commits = Math.max(20, Math.min(3_000, Math.ceil(entriesWanted / batchSize)))
    const first = journal.lastPosition()
    let position = first
    for (let commit = 0; commit < commits; commit++) {
      const batch = submissions(position, batchSize)
      position += batchSize
      const began = performance.now()
      await journal.append(batch)
      latencies.push(performance.now() - began)
      await setImmediate()
    }
    return { entries: position - first, latencies, commits }
  }

/** Submitters that wait for their own commit, sharing commits. */
const asRunner =
  (inFlight: number, batchMax: number) =>
  async (journal: Journal): Promise<Measured> => {
    const latencies: number[] = []
    const first = journal.lastPosition()
    let [position, commits] = [first, 0]
    const waiting: { entry: JournalEntry; done: () => void }[] = []
    let isCommitting = false
    const commitAll = async (): Promise<void> => {
      isCommitting = true
      while (waiting.length > 0) {
        const batch = waiting.splice(0, batchMax)
        await journal.append(batch.map(({ entry }) => entry))
        commits++
        for (const { done } of batch) done()
        await setImmediate() // those who were answered submit again, into the next batch; and the loop turns, as a runner's must
      }
      isCommitting = false
    }
    const submitter = async (): Promise<void> => {
      while (position - first < entriesWanted) {
        const began = performance.now()
        spin(workUs)
        await new Promise<void>((done) => {
          waiting.push({ entry: submission(++position), done })
          if (!isCommitting) void commitAll()
        })
        latencies.push(performance.now() - began)
      }
    }
    await Promise.all(Array.from({ length: inFlight }, submitter))
    return { entries: position - first, latencies, commits }
  }

const measure = async (mode: 'worker' | 'main', load: (journal: Journal) => Promise<Measured>) => {
  const directory = await mkdtemp(join(values.dir, 'bench-journal-'))
  const journal = await openJournal({ path: join(directory, 'journal.db'), mode })
  for (let batch = 0; batch < 20; batch++) await journal.append(submissions(journal.lastPosition(), 100)) // start and warm-up are not the commit's
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const loopBefore = performance.eventLoopUtilization()
  const began = performance.now()
  const { entries, latencies, commits } = await load(journal)
  const seconds = (performance.now() - began) / 1_000
  const { active } = performance.eventLoopUtilization(loopBefore)
  delay.disable()
  await journal.close()
  await rm(directory, { recursive: true })
  latencies.sort((a, b) => a - b)
  return {
    mode,
    'entries/s': Math.round(entries / seconds),
    'commits/s': Math.round(commits / seconds),
    'p50 ms': +quantile(latencies, 0.5).toFixed(2),
    'p99 ms': +quantile(latencies, 0.99).toFixed(2),
    'main µs': +((active * 1_000) / entries).toFixed(1),
    'delay p99 ms': +Math.max(0, delay.percentile(99) / 1e6 - 1).toFixed(2),
    'delay max ms': +Math.max(0, delay.max / 1e6 - 1).toFixed(1),
  }
}

/** Of several measurements the one in the middle by throughput, taken in turns, so that both see the same neighbours. */
const compare = async (load: (journal: Journal) => Promise<Measured>, label: object): Promise<object[]> => {
  const taken = { worker: [] as Awaited<ReturnType<typeof measure>>[], main: [] as Awaited<ReturnType<typeof measure>>[] }
  for (let round = 0; round < rounds; round++) for (const mode of ['worker', 'main'] as const) taken[mode].push(await measure(mode, load))
  return [taken.worker, taken.main].map((measured) => ({
    ...label,
    ...measured.toSorted((a, b) => a['entries/s'] - b['entries/s'])[rounds >> 1],
  }))
}

await measure('worker', inTurn(100)) // warms the disk and the compiler
await measure('main', inTurn(100))
const turns = []
for (const batch of [1, 10, 32, 100, 1_000]) turns.push(...(await compare(inTurn(batch), { batch })))
console.table(turns)
const runs = []
for (const [inFlight, batchMax] of [
  [1, 1],
  [32, 32],
  [32, 16],
  [256, 256],
  [256, 128],
  [256, 64],
] as const)
  runs.push(...(await compare(asRunner(inFlight, batchMax), { 'in flight': inFlight, 'batch ≤': batchMax })))
console.table(runs)
