import { describe, expect, it } from 'vitest'
import { createFakeRunner } from '../../test/support/fake-runner.ts'
import { createSimulatedRunner, submissionOf } from '../../test/support/simulated-runner.ts'
import { RunnerError } from '../domain/errors.ts'
import { taskStatuses, type TaskStatus } from '../domain/result.ts'
import type { RunnerStatus } from '../runner/api.ts'
import { simulatedSettings } from '../testing/simulated-settings.ts'
import { createCounters } from './counters.ts'
import type { Facts } from './fact-metrics.ts'
import { createMetrics, type RunnerMetrics } from './metrics.ts'

const factsOf = (changes: Partial<Facts> = {}): Facts => ({
  version: '1.2.3',
  nodeVersion: 'v24.0.0',
  clock: { now: () => 10_000, monotonic: () => 0, timer: () => () => {} },
  counters: createCounters(),
  oldestPendingAt: () => 4_000,
  journalBytes: async () => 77,
  disk: async () => ({ freeBytes: 5, sizeBytes: 9 }),
  ...changes,
})

/** The samples of one metric: what stands before its number → the number. */
const samplesOf = (body: string, name: string): Record<string, number> =>
  Object.fromEntries(
    body
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .map((line) => [line.slice(name.length, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
/** Those that are not 0. */
const read = async (metrics: RunnerMetrics, name: string): Promise<Record<string, number>> =>
  Object.fromEntries(Object.entries(samplesOf((await metrics.text()).body, `env_runner_${name}`)).filter(([, value]) => value !== 0))

const counts = (some: Partial<Record<TaskStatus, number>>) =>
  ({ ...Object.fromEntries(taskStatuses.map((status) => [status, 0])), ...some }) as Record<TaskStatus, number>

/** The production engine on a simulated host, its journal and executor metered. */
const startMetered = async (concurrency = 4) => {
  let metrics!: RunnerMetrics
  const simulated = createSimulatedRunner({
    settings: { classes: { cpu_short: { ...simulatedSettings.classes.cpu_short!, concurrency } } },
    context(context) {
      const { counters, clock, journal } = context
      metrics = createMetrics(factsOf({ counters, clock, oldestPendingAt: () => journal.oldestPendingAt() }))
      return { ...context, journal: metrics.journal(journal), executor: metrics.executor('native', context.executor) }
    },
  })
  const { runner } = await simulated.boot()
  metrics.watch(runner)
  return { ...simulated, runner, metrics: () => metrics }
}

describe('the metrics of a runner', () => {
  it('count tasks by outcome and code, and time those that ran', async () => {
    const { runner, during, metrics } = await startMetered()
    const submit = async (id: string, behaviour: object) => during((await during(runner.submit(submissionOf(id, behaviour)))).result())
    await submit('good', { runMs: 1_500 })
    await submit('bad', { runMs: 100, exitCode: 3 })
    await submit('again', { runMs: 100, launchFailures: 1 })
    await submit('absent', { missingCommand: true })
    expect(await read(metrics(), 'tasks_submitted_total')).toEqual({ '{class="cpu_short"}': 4 })
    expect(await read(metrics(), 'tasks_ended_total')).toEqual({
      '{class="cpu_short",outcome="completed",code="none"}': 2,
      '{class="cpu_short",outcome="failed",code="EXIT_NONZERO"}': 1,
      '{class="cpu_short",outcome="failed",code="COMMAND_NOT_FOUND"}': 1,
    })
    expect(await read(metrics(), 'attempts_retried_total')).toEqual({ '{class="cpu_short",code="LAUNCH_FAILED"}': 1 })
    const { body } = await metrics().text()
    const runs = samplesOf(body, 'env_runner_task_duration_seconds_bucket')
    expect([1, 2.5].map((le) => runs[`{le="${le}",class="cpu_short",outcome="completed"}`])).toEqual([1, 2])
    expect(samplesOf(body, 'env_runner_queue_wait_seconds_count')).toEqual({ '{class="cpu_short"}': 4 })
  })

  it('count a task that is cancelled while it waits, without a run time', async () => {
    const { runner, during, metrics } = await startMetered()
    await during(runner.pause())
    const task = await during(runner.submit(submissionOf('a', {})))
    await during(task.cancel())
    expect(await read(metrics(), 'tasks_ended_total')).toEqual({ '{class="cpu_short",outcome="cancelled",code="CANCELLED"}': 1 })
    expect(await read(metrics(), 'task_duration_seconds_count')).toEqual({})
  })

  it('show the line, the places and the attempts that run, as they are at the moment', async () => {
    const { runner, during, until, pass, metrics } = await startMetered(1)
    const first = await during(runner.submit(submissionOf('first', { runMs: 1_000 })))
    await until(() => first.status().status === 'running')
    const second = await during(runner.submit(submissionOf('second', { runMs: 10 })))
    await pass(500)
    expect(await read(metrics(), 'queue_depth')).toEqual({ '{class="cpu_short"}': 1 })
    expect(await read(metrics(), 'attempts_active')).toEqual({ '{mode="native"}': 1 })
    expect([await read(metrics(), 'places_used'), await read(metrics(), 'places')]).toEqual([
      { '{class="cpu_short"}': 1 },
      { '{class="cpu_short"}': 1 },
    ])
    expect(await read(metrics(), 'tasks')).toEqual({ '{status="pending"}': 1, '{status="running"}': 1 })
    expect((await read(metrics(), 'queue_oldest_seconds'))['']).toBeGreaterThanOrEqual(0.5)
    await during(second.result())
    for (const name of ['queue_depth', 'attempts_active', 'queue_oldest_seconds', 'places_used'])
      expect(await read(metrics(), name)).toEqual({})
  })

  it('forget an attempt that was stopped', async () => {
    const { runner, during, until, metrics } = await startMetered()
    const task = await during(runner.submit(submissionOf('a', { runMs: 1_000 })))
    await until(() => task.status().status === 'running')
    await during(task.cancel())
    await during(task.result())
    expect(await read(metrics(), 'attempts_active')).toEqual({})
  })

  it('tell refusals, and that the journal cannot be written, by code', async () => {
    const { runner, during, until, pass, host, metrics } = await startMetered()
    await expect(during(runner.submit({ class: 'nope', payload: {} }))).rejects.toThrow()
    expect(await read(metrics(), 'submissions_refused_total')).toEqual({ '{code="CLASS_UNKNOWN"}': 1 })
    const records = (await read(metrics(), 'journal_records_total'))['']
    host.disk.full = true
    const task = runner.submit(submissionOf('a', {}))
    await until(() => runner.status().journalTrouble !== null)
    expect(await read(metrics(), 'journal_writable')).toEqual({})
    expect((await read(metrics(), 'journal_commit_failures_total'))['']).toBeGreaterThan(0)
    expect((await read(metrics(), 'journal_records_total'))['']).toBe(records)
    host.disk.full = false
    await during((await during(task)).result())
    await pass(1)
    expect([await read(metrics(), 'journal_writable'), await read(metrics(), 'tasks_submitted_total')]).toEqual([
      { '': 1 },
      { '{class="cpu_short"}': 1 },
    ])
  })

  it('are a runner’s own: another of the process has others', async () => {
    const [one, other] = [createMetrics(factsOf()), createMetrics(factsOf())]
    one.observeGrpc({ method: 'a.B/C', code: 'OK', seconds: 1 })
    expect([Object.keys(await read(one, 'grpc_call_seconds_count')), Object.keys(await read(other, 'grpc_call_seconds_count'))]).toEqual([
      ['{method="a.B/C",code="OK"}'],
      [],
    ])
  })

  it('come with those of the process under their usual names', async () => {
    const { body, contentType } = await createMetrics(factsOf()).text()
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
    for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds', 'nodejs_heap_size_used_bytes'])
      expect(Object.keys(samplesOf(body, name))).toEqual([''])
    expect(samplesOf(body, 'env_runner_build_info')).toEqual({ '{version="1.2.3",node="v24.0.0"}': 1 })
  })
})

describe('a source that fails', () => {
  it('leaves its numbers out, old ones too, and is counted; the others are told', async () => {
    let broken = false
    const fail = <T>(value: T): T => {
      if (broken) throw new RunnerError('JOURNAL_UNAVAILABLE', 'no')
      return value
    }
    const status: RunnerStatus = {
      runnerId: 'r',
      state: 'accepting',
      tasks: counts({ running: 1 }),
      places: { cpu_short: { used: 1, total: 2, waiting: 3 } },
      journalTrouble: null,
      lastPosition: 1,
      horizon: 0,
      lastAt: 0,
    }
    const metrics = createMetrics(factsOf({ disk: async () => fail({ freeBytes: 5, sizeBytes: 9 }) }))
    metrics.watch({ status: () => fail(status), auditReport: () => createFakeRunner().state.audit })
    expect(await read(metrics, 'data_disk_free_bytes')).toEqual({ '': 5 })
    expect(await read(metrics, 'queue_depth')).toEqual({ '{class="cpu_short"}': 3 })
    broken = true
    const { body } = await metrics.text()
    for (const name of ['data_disk_free_bytes', 'queue_depth', 'places', 'journal_writable', 'tasks'])
      expect(samplesOf(body, `env_runner_${name}`)).toEqual({})
    expect(samplesOf(body, 'env_runner_journal_bytes')).toEqual({ '': 77 })
    expect(samplesOf(body, 'env_runner_metrics_unread_total')).toEqual({ '{source="status"}': 1, '{source="disk"}': 1 })
  })
})

describe('the audit', () => {
  it('tells its looks, how long the last one took, and what is violated, of armed invariants alone', async () => {
    const { state, runner } = createFakeRunner()
    state.audit = {
      looks: 7,
      at: 1,
      tookMs: 250,
      failure: null,
      invariants: [
        { name: 'I7', says: '', armed: true, violations: ['a', 'b'], seen: 3 },
        { name: 'I8', says: '', armed: true, violations: [], seen: 0 },
        { name: 'I14', says: '', armed: false, violations: [], seen: 0 },
      ],
    }
    const metrics = createMetrics(factsOf())
    metrics.watch(runner)
    const { body } = await metrics.text()
    const of = (name: string) => samplesOf(body, `env_runner_audit_${name}`)
    expect([of('runs_total'), of('seconds'), of('failed'), of('armed_invariants')]).toEqual([{ '': 7 }, { '': 0.25 }, { '': 0 }, { '': 2 }])
    expect(of('violated')).toEqual({ '{invariant="I7"}': 2, '{invariant="I8"}': 0 })
    expect(of('violations_total')).toEqual({ '{invariant="I7"}': 3, '{invariant="I8"}': 0 })
  })
})

describe('labels', () => {
  it('are bounded, whatever a server passes on', async () => {
    const metrics = createMetrics(factsOf())
    for (let index = 0; index < 1_000; index++)
      metrics.observeHttp({ route: `/r${index}`, method: `M${index}`, status: 1_000 + index, seconds: 0.1 })
    const series = await read(metrics, 'http_request_seconds_count')
    expect(Object.keys(series)).toHaveLength(201)
    expect(series['{route="other",method="other",status="other"}']).toBe(800)
  })
})

describe('open streams', () => {
  it('end once, however often that is said', async () => {
    const metrics = createMetrics(factsOf())
    const [end] = [metrics.stream('logs'), metrics.stream('logs')]
    end()
    end()
    expect(await read(metrics, 'open_streams')).toEqual({ '{kind="logs"}': 1 })
  })
})

describe('what agents ask for', () => {
  it('is five sums of the statuses', () => {
    const tasks = counts({ pending: 1, preparing: 2, running: 4, collecting: 8, retrying: 16, completed: 32, failed: 64, cancelled: 128 })
    expect(createMetrics(factsOf()).values(tasks)).toEqual({
      tasks_tracked_total: 255,
      tasks_pending: 1,
      tasks_running: 30,
      tasks_completed: 32,
      tasks_failed: 192,
    })
  })
})
