import { hash } from 'node:crypto'
import { RunnerError } from '../../../domain/errors.ts'
import { canonicalJson } from '../../../domain/json.ts'
import type { TaskClass } from '../../../domain/task-class.ts'
import type { ResourceHints__Output } from '../generated/runner/v1/ResourceHints.ts'
import type { RunEnv__Output } from '../generated/runner/v1/RunEnv.ts'
import type { RunRequest__Output } from '../generated/runner/v1/RunRequest.ts'

/** Where a job finds what it reads, as JSON. */
const inputsVariable = 'ENV_RUNNER_INPUTS'

/** A job as the document that `Runner.submit` takes.
 * @param id of its task; undefined: it has none, and every call is a run of its own
 * @param cpuShortMs longest run time of the class `cpu_short`
 * @throws RunnerError `INVALID_SPEC`, `POLICY_ENV` for what the document could not say */
export const submissionOf = ({ env, inputs }: RunRequest__Output, id: string | undefined, cpuShortMs: number): object => {
  if (env === null) throw new RunnerError('INVALID_SPEC', 'there is nothing to run', { path: 'env', hint: 'Send argv, an image, or both' })
  if (Object.hasOwn(env.env, inputsVariable))
    throw new RunnerError('POLICY_ENV', `${inputsVariable} is what the job's inputs are handed over in`, {
      path: `env.env.${inputsVariable}`,
      hint: 'Send inputs',
    })
  const image = imageOf(env)
  return {
    ...(id !== undefined && { id }),
    class: classOf(env, cpuShortMs),
    payload: {
      execution: {
        ...(image !== null && { image }),
        ...(env.argv.length > 0 && { command: env.argv }),
        env: { ...env.env, [inputsVariable]: JSON.stringify(inputs.map(({ name, shape, dtype }) => ({ name, shape, dtype }))) },
        mounts: env.mounts,
        ...(env.hard_timeout_ms > 0 && { timeout_seconds: env.hard_timeout_ms / 1_000 }),
        ...(env.resources && { resources: resourcesOf(env.resources) }),
      },
    },
  }
}

/** The id of a job's task: the same for the same job and run of a tenant, whatever characters they have; undefined where the job has neither.
 * Readable where it can be (`run:TENANT:JOB:RUN`), else by a hash. */
export const runTaskId = (tenant: string | null, { job_id: job, run_id: run }: RunRequest__Output): string | undefined => {
  if (job === '' && run === '') return undefined
  const parts = [tenant ?? 'default', job, run]
  const readable = `run:${parts.join(':')}`
  const isPlain = parts.every((part) => /^[\w-]*$/.test(part)) && readable.length <= idUnitsMax
  return isPlain ? readable : `run:${hash('sha256', JSON.stringify(parts), 'hex')}`
}

const idUnitsMax = 128

/** Equal for runs of the same image, command, environment, mounts and inputs: 64 hexadecimal digits.
 * @param imageId of the image as it was found on the host, which a tag does not tell; null where none was found */
export const cacheKeyOf = ({ env, inputs }: RunRequest__Output, imageId: string | null): string => {
  const { argv = [], env: variables = {}, mounts = [] } = env ?? {}
  const image = imageId ?? (env === null ? null : imageOf(env))
  return hash('sha256', canonicalJson({ image, argv, env: variables, mounts, inputs }), 'hex')
}

/** Carries out a submission; a refusal names the field as the request spells it. @throws RunnerError */
export const submitting = async <T>(submit: () => Promise<T>): Promise<T> => {
  try {
    return await submit()
  } catch (cause) {
    if (!(cause instanceof RunnerError) || cause.path === undefined) throw cause
    const { code, message, path, hint } = cause
    throw new RunnerError(code, message, { path: spelled(path), hint, cause })
  }
}

/** Fields of the document that have another name in the request. */
const names: readonly (readonly [RegExp, string])[] = [
  [/^id$/, 'run_id'],
  [/^class$/, 'env'],
  [new RegExp(`^payload\\.execution\\.env\\.${inputsVariable}$`), 'inputs'],
  [/^payload\.execution\.image(?![^.])/, 'env.oci_image'],
  [/^payload\.execution\.command(?![^.[])/, 'env.argv'],
  [/^payload\.execution\.timeout_seconds$/, 'env.hard_timeout_ms'],
  [/^payload(\.execution)?(?![^.])/, 'env'],
]

const spelled = (path: string): string => {
  const known = names.find(([pattern]) => pattern.test(path))
  return known === undefined ? path : path.replace(known[0], known[1])
}

/** The smallest class whose time is enough; one with an image and no time of its own may be long. */
const classOf = ({ oci_image: image, hard_timeout_ms: timeoutMs, resources }: RunEnv__Output, cpuShortMs: number): TaskClass => {
  if (resources !== null && (resources.gpu_count > 0 || resources.gpu_class !== '')) return 'gpu'
  const isShort = timeoutMs === 0 ? image === '' : timeoutMs <= cpuShortMs
  return isShort ? 'cpu_short' : 'cpu_long'
}

/** The image's name, with the digest that it must have. Null: the job runs natively. */
const imageOf = ({ oci_image: image, content_digest: digest }: RunEnv__Output): string | null => {
  const refuse = (message: string, hint: string): never => {
    throw new RunnerError('INVALID_SPEC', message, { path: 'env.content_digest', hint })
  }
  if (digest === '') return image === '' ? null : image
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) refuse('it is no digest of an image', 'Send sha256: and 64 hexadecimal digits in lower case')
  if (image === '') refuse('it is the digest of no image', 'Name the image in oci_image, too')
  if (!image.includes('@')) return `${image}@${digest}`
  if (!image.endsWith(`@${digest}`)) refuse('the image is named by another digest', 'Leave one of them out')
  return image
}

/** 0 and the empty text stand for what is not asked for. */
const resourcesOf = ({ cpu_millicores, mem_bytes, gpu_count, gpu_class }: ResourceHints__Output): object =>
  Object.fromEntries(Object.entries({ cpu_millicores, mem_bytes, gpu_count, gpu_class }).filter(([, value]) => value !== 0 && value !== ''))
