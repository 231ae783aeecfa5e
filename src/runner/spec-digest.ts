import { hash } from 'node:crypto'
import { canonicalJson } from '../domain/json.ts'
import type { ArraySpec } from '../domain/array-spec.ts'
import type { TaskSpec } from '../domain/task-spec.ts'

/** Equal for specs that say the same. Parsing has put every member in order, but those of objects whose keys are the client's own.
 * @returns sha256 in hexadecimal */
export const digestOf = (spec: TaskSpec): string => {
  const { env, python } = spec.execution
  const execution = { ...spec.execution, env: canonicalJson(env), python: python && canonicalJson(python) }
  return hash('sha256', JSON.stringify({ ...spec, context: canonicalJson(spec.context), execution }), 'hex')
}

/** The same of an array. */
export const digestOfArray = ({ template, id, count, indexes, items, concurrency, rerunOf }: ArraySpec): string =>
  hash('sha256', JSON.stringify([id, digestOf(template), count, indexes, items, concurrency, rerunOf]), 'hex')
