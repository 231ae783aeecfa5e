import { setTimeout as delay } from 'node:timers/promises'
import type { PartialConfigObject } from '../../src/config/schema.ts'
import { until, type RunnerHome } from './runner-home.ts'

/** One task's life, as a client drives it. */
export interface Life {
  readonly command: string
  readonly timeoutSeconds: number
  /** What the client does once it is accepted; it returns when the task may be waited for. */
  readonly during?: (home: RunnerHome, id: string) => Promise<void>
  /** Default: `bubblewrap`. */
  readonly sandbox?: 'none'
  readonly outputs?: readonly { readonly name: string; readonly path: string; readonly type: string }[]
}

/** What the runner is told beside its data directory. A short grace, so that a task that ignores TERM ends soon. */
export const lifeConfig = ({ sandbox }: Pick<Life, 'sandbox'>): PartialConfigObject => ({
  timeouts: { grace_seconds: 0.2 },
  retry: { attempts: 2, base_ms: 100 },
  native: { sandbox: sandbox ?? 'bubblewrap' },
})

/** Resolves when the task has counted its start; a runner that died before the launch is started again. */
export const hasBegun = (home: RunnerHome, id: string): Promise<void> =>
  until(
    () => `${id} has not begun`,
    async () => (await home.runner(), home.starts(id) > 0),
  )

/** A cancellation that was answered is durable; one that was not is sent again. */
const cancelOnceBegun = async (home: RunnerHome, id: string): Promise<void> => {
  await hasBegun(home, id)
  await home.ask('POST', `/api/v1/tasks/${id}/cancel`)
}

/** Lives that between them pass through every effect of a task. Each counts its start in `/count/$1`. */
export const lives = {
  'prints, leaves an output and completes': {
    command: `printf s >>/count/$1
      for i in $(seq 40); do echo line $i; done; printf 'no newline \\377\\000 here' >&2
      sleep 0.1; head -c 3000 /dev/zero >out.bin; for i in $(seq 41 80); do echo line $i; done
      echo '::env-runner::{"type":"metric","name":"tokens","value":512}'; echo '__DSPY_RESULT__:{"a":1}'`,
    timeoutSeconds: 60,
    outputs: [{ name: 'out', path: 'out.bin', type: 'binary' }],
  },
  'exits with 7': { command: 'printf s >>/count/$1; echo before the end; echo why >&2; exit 7', timeoutSeconds: 60 },
  'is cancelled while it runs': { command: 'echo begun; printf s >>/count/$1; exec sleep 60', timeoutSeconds: 60, during: cancelOnceBegun },
  'loses its first attempt and is tried again': {
    command: `printf s >>/count/$1; echo attempt $(wc -c </count/$1)
      [ $(wc -c </count/$1) -ge 2 ] || { kill -9 $PPID; exec sleep 60; }; exit 4`,
    timeoutSeconds: 60,
    sandbox: 'none', // where a task can reach its monitor
  },
  'ignores TERM and outlives its time': { command: `trap '' TERM; echo begun; printf s >>/count/$1; sleep 60`, timeoutSeconds: 3 },
} as const satisfies Record<string, Life>
export type LifeName = keyof typeof lives

/** What a client is told in the end, and what ran. */
export interface Lived {
  readonly outcome: Readonly<Record<string, unknown>>
  /** `seq type` of every public event of an end. */
  readonly ends: readonly string[]
  /** Between the first and the last record of the task, in milliseconds. */
  readonly tookMs: number
  readonly launched: boolean
}

/** Lives it: submits (again, when the answer was lost), does what its client does, waits for the end and until nothing is left. */
export const live = async (home: RunnerHome, id: string, life: Life): Promise<Lived> => {
  const submitted = await home.ask('POST', '/api/v1/tasks', submissionOf(home, id, life))
  if (submitted.status >= 300) throw new Error(`${id} was refused: ${submitted.body.toString()}`)
  await life.during?.(home, id)
  const { exit_code, signal, status, error_code, attempts, result, runner_output, logs } = (
    await home.ask('GET', `/api/v1/tasks/${id}?wait=true`)
  ).json() as {
    result: { outputs: { name: string; size_bytes: number; checksum: string }[]; metrics: object }
    logs: { stdout_bytes: number; stderr_bytes: number; stdout_tail: string; stderr_tail: string }
  } & Record<string, unknown>
  await home.settled()
  const [stdout, stderr] = [await printed(home, id, 'stdout'), await printed(home, id, 'stderr')]
  const { events } = (await home.ask('GET', `/api/v1/tasks/${id}/events`)).json() as unknown as { events: TaskRecord[] }
  return {
    outcome: {
      status, exit_code, signal, error_code, attempts, runner_output, stdout, stderr,
      tails: [logs.stdout_bytes, logs.stderr_bytes, logs.stdout_tail, logs.stderr_tail],
      metrics: result.metrics,
      outputs: result.outputs.map(({ name, size_bytes, checksum }) => [name, size_bytes, checksum]),
      starts: home.starts(id),
    }, // prettier-ignore
    ends: events.flatMap(({ seq, public: told }) =>
      told.filter(({ type }) => endTypes.has(type)).map(({ type }) => `${seq - events.length + 1} ${type}`),
    ),
    tookMs: events.at(-1)!.at - events[0]!.at,
    launched: events.some(({ type }) => type === 'attempt.launched'),
  }
}

interface TaskRecord {
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly public: readonly { readonly type: string }[]
}
const endTypes = new Set(['task_completed', 'task_failed', 'task_cancelled'])

const submissionOf = (home: RunnerHome, id: string, { command, timeoutSeconds, sandbox, outputs = [] }: Life) => {
  const { host_path, mount_path } = home.countMount
  const script = sandbox === 'none' ? command.replaceAll(mount_path, host_path) : command
  return {
    id,
    payload: {
      execution: {
        command: ['sh', '-c', script, 'sh', id, home.token],
        mounts: sandbox === 'none' ? [] : [home.countMount],
        timeout_seconds: timeoutSeconds,
      },
      artifacts: { outputs },
    },
  }
}

const printed = async (home: RunnerHome, id: string, stream: 'stdout' | 'stderr'): Promise<string> =>
  (await home.ask('GET', `/api/v1/tasks/${id}/logs?stream=${stream}`)).body.toString('latin1')

/** The calls of the runner that runs, once it makes no more: where a runner can be killed. */
export const callsOf = async (home: RunnerHome): Promise<readonly { readonly call: string; readonly nth: number }[]> => {
  const own = await home.runner()
  for (let before = -1; ; await delay(100)) {
    const calls = await own.calls()
    if (calls.length === before) return calls
    before = calls.length
  }
}
