/* How fast the SQLite journal commits, in a worker thread and on the main thread.
 *
 *   node bench/journal-commit.ts [--entries 30000] [--work-us 10] [--dir DIRECTORY]
 *
 * First table: one batch after the other. `main µs` is the time in which the main thread could do nothing else, for each entry;
 * `delay` is how late a timer of 1 ms comes meanwhile. Second table: what a runner does. Submitters that each wait for their own
 * commit, `--work-us` of other work of the main thread for each entry, and one batch of all that came in during the commit before. */
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
    dir: { type: 'string', default: tmpdir() },
  },
})
const entriesWanted = Number(values.entries)
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
      id, specDigest: 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef', class: 'cpu_short', tenant: 'default', workflowId: null,
      priority: 0, cpuMillicores: 500, memoryBytes: 268_435_456, status: 'pending', placed: false, attempt: 0, submittedAt: at, startedAt: null,
      completedAt: null, failure: null, cancelReason: null, result: null, progress: null,
    }, // prettier-ignore
  }
}

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
    let position = 0
    for (let commit = 0; commit < commits; commit++) {
      const batch = Array.from({ length: batchSize }, () => submission(++position))
      const began = performance.now()
      await journal.append(batch)
      latencies.push(performance.now() - began)
    }
    return { entries: position, latencies, commits }
  }

/** Submitters that wait for their own commit, sharing commits. */
const asRunner =
  (inFlight: number) =>
  async (journal: Journal): Promise<Measured> => {
    const latencies: number[] = []
    let [position, commits] = [0, 0]
    let waiting: { entry: JournalEntry; done(): void }[] = []
    let isCommitting = false
    const commitAll = async (): Promise<void> => {
      isCommitting = true
      while (waiting.length > 0) {
        const batch = waiting
        waiting = []
        await journal.append(batch.map(({ entry }) => entry))
        commits++
        for (const { done } of batch) done()
        await setImmediate() // those who were answered submit again, into the next batch; and the loop turns, as a runner's must
      }
      isCommitting = false
    }
    const submitter = async (): Promise<void> => {
      while (position < entriesWanted) {
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
    return { entries: position, latencies, commits }
  }

const measure = async (mode: 'worker' | 'main', load: (journal: Journal) => Promise<Measured>) => {
  const directory = await mkdtemp(join(values.dir, 'bench-journal-'))
  const journal = await openJournal({ path: join(directory, 'journal.db'), mode })
  await journal.append([]) // a worker that is still starting takes its time, which is not the commit's
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

await measure('worker', inTurn(100)) // warms the disk and the compiler
await measure('main', inTurn(100))
const turns = []
for (const batch of [1, 10, 32, 100, 1_000])
  for (const mode of ['worker', 'main'] as const) turns.push({ batch, ...(await measure(mode, inTurn(batch))) })
console.table(turns)
const runs = []
for (const inFlight of [1, 32, 256])
  for (const mode of ['worker', 'main'] as const) runs.push({ 'in flight': inFlight, ...(await measure(mode, asRunner(inFlight))) })
console.table(runs)
