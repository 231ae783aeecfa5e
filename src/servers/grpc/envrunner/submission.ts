import { RunnerError } from '../../../domain/errors.ts'
import { isJsonObject, type JsonObject } from '../../../domain/json.ts'
import type { Execution__Output } from '../generated/envrunner/v1/Execution.ts'
import type { Input__Output } from '../generated/envrunner/v1/Input.ts'
import type { Output__Output } from '../generated/envrunner/v1/Output.ts'
import type { PythonCall__Output } from '../generated/envrunner/v1/PythonCall.ts'
import type { Resources__Output } from '../generated/envrunner/v1/Resources.ts'
import type { SubmitTaskRequest__Output } from '../generated/envrunner/v1/SubmitTaskRequest.ts'
import type { TaskSpec__Output } from '../generated/envrunner/v1/TaskSpec.ts'
import { classOfWire } from './words.ts'

/** The field of a request that holds the task, by which refusals name it. */
export type SpecField = 'spec' | 'template'

/** A request as the document that `Runner.submit` takes. Its values are not looked at here: what is wrong with them is refused there, in one way for every wire.
 * @throws RunnerError `INVALID_SPEC` for a `…_json` that is no JSON object */
export const submissionOf = (
  { id, task_class: taskClass, priority, workflow_id: workflowId }: Omit<SubmitTaskRequest__Output, 'spec'>,
  field: SpecField,
  spec: TaskSpec__Output | null,
): object => ({
  id,
  ...(taskClass !== 'TASK_CLASS_UNSPECIFIED' && { class: classOfWire(taskClass) ?? taskClass }),
  priority,
  ...text({ workflow_id: workflowId }),
  ...(spec && { payload: payloadOf(spec, field) }),
})

/** Carries out a submission; a refusal names the field as the request spells it. @throws RunnerError */
export const submitting = async <T>(field: SpecField, submit: () => Promise<T>): Promise<T> => {
  try {
    return await submit()
  } catch (cause) {
    if (!(cause instanceof RunnerError) || cause.path === undefined) throw cause
    const { code, message, path, hint } = cause
    throw new RunnerError(code, message, { path: spelled(path, field), hint, cause })
  }
}

/** A path of the document in the words of the request. */
const spelled = (path: string, field: SpecField): string =>
  path
    .replace(/^class$/, 'task_class')
    .replace(/^payload(?![^.])/, field)
    .replace(/^(\w+)\.context(?![^.])/, '$1.context_json')
    .replace(/^(\w+\.execution\.python)\.args(?![^.])/, '$1.args_json')

const payloadOf = ({ tenant, execution, artifacts, context_json: context }: TaskSpec__Output, field: SpecField): object => ({
  ...text({ tenant }),
  ...(execution && { execution: executionOf(execution, field) }),
  ...(artifacts && { artifacts: { inputs: artifacts.inputs.map(inputOf), outputs: artifacts.outputs.map(outputOf) } }),
  ...(context !== '' && { context: objectOf(context, `${field}.context_json`) }),
})

const executionOf = (execution: Execution__Output, field: SpecField): object => {
  const { image, entrypoint, command, python, env, mounts, resources, timeout_seconds: timeout, secrets } = execution
  const { working_dir, container_workdir, network, runtime } = execution
  return {
    ...text({ image, working_dir, container_workdir, network, runtime }),
    ...(entrypoint.length > 0 && { entrypoint }),
    ...(command.length > 0 && { command }),
    ...(python && { python: pythonOf(python, field) }),
    env,
    mounts,
    ...(resources && { resources: resourcesOf(resources) }),
    ...(timeout !== undefined && { timeout_seconds: timeout }),
    secrets,
  }
}

const pythonOf = ({ module, script, function: name, args_json: args }: PythonCall__Output, field: SpecField): object => ({
  ...text({ module, script, function: name }),
  ...(args !== '' && { args: objectOf(args, `${field}.execution.python.args_json`) }),
})

const resourcesOf = (resources: Resources__Output): object => {
  const { cpu_millicores, mem_bytes, gpu_count, gpu_class, gpu_memory_gb, storage_gb, shm_bytes } = resources
  return {
    ...text({ gpu_class }),
    ...present({ cpu_millicores, mem_bytes, gpu_count, gpu_memory_gb, storage_gb, shm_bytes }),
  }
}

const inputOf = ({ name, path, target, checksum, unpack, read_only }: Input__Output): object => ({
  name,
  path,
  target,
  ...text({ checksum }),
  ...(unpack && { unpack }),
  ...(read_only && { read_only }),
})

const outputOf = ({ name, path, type, destination, optional }: Output__Output): object => ({
  name,
  path,
  ...text({ type, destination }),
  optional,
})

/** Those that say something: an empty text is an absent one on this wire. */
const text = (members: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== ''))
const present = (members: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

const objectOf = (json: string, path: string): JsonObject => {
  try {
    const value: unknown = JSON.parse(json)
    if (isJsonObject(value)) return value
  } catch {
    // refused below, without the text: it may hold anything
  }
  throw new RunnerError('INVALID_SPEC', 'it holds no JSON object', { path, hint: 'Send the text of a JSON object' })
}
