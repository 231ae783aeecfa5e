import { basename } from 'node:path'
import { RunnerError } from '../domain/errors.ts'
import type { Submission } from '../domain/task-spec.ts'

/** Options of `run` that describe the task. */
export interface TaskOptions {
  readonly class?: string
  readonly image?: string
  readonly entrypoint?: string
  readonly cpu?: string
  readonly memory?: string
  readonly env?: readonly string[]
  readonly timeout?: string
  readonly mount?: readonly string[]
  readonly network?: string
  readonly output?: readonly string[]
  readonly tenant?: string
}

/** The task document that a command line means. The engine checks what it holds; here only the spellings of the options are refused.
 * @throws RunnerError `INVALID_SPEC` */
export const submissionOf = (id: string, command: readonly string[], options: TaskOptions, environment: NodeJS.ProcessEnv): Submission => {
  const { class: taskClass, image, entrypoint, cpu, memory, env = [], timeout, mount = [], network, output = [], tenant } = options
  const resources = {
    ...(cpu !== undefined && { cpu_millicores: parseCores(cpu) }),
    ...(memory !== undefined && { mem_bytes: parseBytes(memory) }),
  }
  return {
    id,
    ...(taskClass !== undefined && { class: taskClass as 'cpu_short' }),
    payload: {
      ...(tenant !== undefined && { tenant }),
      execution: {
        ...(image !== undefined && { image }),
        ...(entrypoint !== undefined && { entrypoint: [entrypoint] }),
        ...(command.length > 0 && { command: [...command] }),
        ...(Object.keys(resources).length > 0 && { resources }),
        env: Object.fromEntries(env.map((text) => parseEnv(text, environment))),
        mounts: mount.map(parseMount),
        ...(timeout !== undefined && { timeout_seconds: parseSeconds(timeout) }),
        ...(network !== undefined && { network }),
      },
      artifacts: { outputs: toOutputs(output) },
    },
  }
}

const refuse = (message: string, path: string, hint: string) => new RunnerError('INVALID_SPEC', message, { path, hint })

/** `K=V`, or `K` alone for the value that we have. */
const parseEnv = (text: string, environment: NodeJS.ProcessEnv): [string, string] => {
  const equals = text.indexOf('=')
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)]
  const value = equals === -1 ? environment[text] : undefined
  if (value === undefined)
    throw refuse(`${JSON.stringify(text)} has no value`, '--env', 'Write --env NAME=VALUE, or --env NAME for a variable that is set')
  return [text, value]
}

/** `HOST:MOUNT`, `HOST:MOUNT:rw`, `HOST:MOUNT:ro`. */
const parseMount = (text: string) => {
  const [hostPath = '', mountPath = '', mode = 'ro', ...rest] = text.split(':')
  if (rest.length > 0 || mountPath === '' || hostPath === '' || (mode !== 'ro' && mode !== 'rw'))
    throw refuse(`${JSON.stringify(text)} is not a mount`, '--mount', 'Write --mount HOST_PATH:MOUNT_PATH, with :rw to let the task write')
  return { host_path: hostPath, mount_path: mountPath, read_only: mode === 'ro' }
}

const parseSeconds = (text: string): number => {
  const seconds = /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN
  if (Number.isNaN(seconds)) throw refuse(`${JSON.stringify(text)} is not a number of seconds`, '--timeout', 'Write --timeout 90')
  return seconds
}

/** Cores, such as 0.5, in thousandths. */
const parseCores = (text: string): number => {
  const cores = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN
  if (Number.isNaN(cores)) throw refuse(`${JSON.stringify(text)} is not a number of cores`, '--cpu', 'Write --cpu 0.5')
  return Math.round(cores * 1_000)
}

const bytesOf: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }

/** Bytes, or with a unit as `docker run --memory` takes it: 512m, 2g. */
const parseBytes = (text: string): number => {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)([kmgt])?(?:i?b)?$/i.exec(text) ?? []
  if (count === undefined) throw refuse(`${JSON.stringify(text)} is not a size`, '--memory', 'Write --memory 512m')
  return Math.round(Number(count) * bytesOf[unit.toLowerCase()]!)
}

/** Outputs are named after their files; the second of a name gets a number. */
const toOutputs = (paths: readonly string[]) => {
  const taken = new Set<string>()
  return paths.map((path) => {
    const stem = basename(path).replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '').slice(0, 48) || 'output' // prettier-ignore
    let name = stem
    for (let next = 2; taken.has(name); next++) name = `${stem}-${next}`
    taken.add(name)
    return { name, path }
  })
}
