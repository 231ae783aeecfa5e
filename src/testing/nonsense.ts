import { RunnerError } from '../domain/errors.ts'
import type { Runner } from '../runner/api.ts'
import { isPassing } from './passing.ts'

const run = (execution: object, more: object = {}) => ({ payload: { execution: { command: ['true'], ...execution } }, ...more })
let deep: unknown = 1
for (let depth = 0; depth < 10_000; depth++) deep = [deep]

/** Submissions that must be refused with a code, a path and a hint, and leave nothing. */
export const nonsense: readonly unknown[] = [
  null,
  'a string',
  { payload: {} },
  run({ command: [] }),
  run({}, { class: 'gpu' }),
  run({}, { class: 'quantum' }),
  run({}, { id: '../escape' }),
  run({}, { priority: 0.5 }),
  run({ privileged: true }),
  run({ python: { module: 'm' } }),
  run({ secrets: ['TOKEN'] }),
  run({ container_workdir: '/work' }),
  run({ timeout_seconds: 1e9 }),
  run({ timeout_seconds: -1 }),
  run({ timeout_seconds: 3_600 }),
  run({ resources: { gpu_count: 1 } }),
  run({ resources: { gpu_class: 'h100' } }),
  run({ resources: { gpu_memory_gb: 80 } }),
  run({ resources: { storage_gb: 1 } }),
  run({ network: 'host' }),
  run({ network: 'bridge' }),
  run({ env: { ENV_RUNNER_TASK_ID: 'forged' } }),
  run({ working_dir: '../..' }),
  run({ mounts: [{ host_path: '/', mount_path: '/data' }] }),
  run({ mounts: [{ host_path: '/srv/../etc', mount_path: '/data' }] }),
  run({ mounts: [{ host_path: '/srv', mount_path: '/usr/lib' }] }),
  { payload: { execution: { command: ['true'] }, artifacts: { outputs: [{ name: 'o', path: '../../etc/shadow' }] } } },
  { payload: { execution: { command: ['true'] }, artifacts: { inputs: [{ name: 'i', path: 's3://bucket/key', target: 'in' }] } } },
  { payload: { execution: { command: ['true'] }, context: deep } },
  JSON.parse('{"payload":{"execution":{"command":["true"],"env":{"__proto__":"x"}}}}'),
]

/** More than the host has: refused unless the host is oversubscribed. */
const beyondTheHost: readonly unknown[] = [run({ resources: { cpu_millicores: 1_000_000 } }), run({ resources: { mem_bytes: 2 ** 45 } })]

/** Sends each; resolves with what was not refused as it should be. */
export const sendNonsense = async (runner: Runner, oversubscribe: boolean): Promise<string[]> => {
  const problems: string[] = []
  for (const [index, submission] of [...nonsense, ...(oversubscribe ? [] : beyondTheHost)].entries()) {
    try {
      const { id } = await runner.submit(submission)
      problems.push(`the nonsense ${index} was accepted as ${id}`)
    } catch (cause) {
      const well = cause instanceof RunnerError && cause.code !== 'INTERNAL' && cause.hint !== undefined
      if (!isPassing(cause) && !(well && cause.path !== undefined)) problems.push(`the nonsense ${index} was refused with ${String(cause)}`)
    }
  }
  return problems
}
