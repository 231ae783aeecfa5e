import { isDeepStrictEqual } from 'node:util'
import { configKeys } from './keys.ts'
import type { Config } from './schema.ts'

/** Keys that a running runner can take anew: what decides about the next submission, attempt or place. All others are built into what is open already. */
const reloadable =
  /^(?:classes|policy|retry|timeouts)\.|^limits\.(?:payload_depth|uncommitted_bytes)$|^logs\.(?:level|tail_bytes)$|^native\.(?:oversubscribe|processes_max|open_files_max|classes)$|^docker\.(?:default_image|cpu_millicores|mem_bytes|shm_bytes_max|processes_max|open_files_max)$/

export const isReloadable = (path: string): boolean => reloadable.test(path)

/** What a configuration that was read again means for a runner that runs. */
export interface Reload {
  /** The one at hand with every reloadable key of the next one. */
  readonly config: Config
  /** Paths of keys that have another value now. */
  readonly changed: readonly string[]
  /** Paths of keys whose other value waits for a restart. */
  readonly needRestart: readonly string[]
}

export const reloadConfig = (current: Config, next: Config): Reload => {
  const different = configKeys.map(({ path }) => path).filter((path) => !isDeepStrictEqual(valueAt(current, path), valueAt(next, path)))
  const [changed, needRestart] = [different.filter(isReloadable), different.filter((path) => !isReloadable(path))]
  const config = structuredClone(current) as unknown as Table
  for (const path of changed) setAt(config, path, valueAt(next, path))
  return { config: config as unknown as Config, changed, needRestart }
}

type Table = Record<string, unknown>

const valueAt = (config: Config, path: string): unknown =>
  path.split('.').reduce<unknown>((table, name) => (table as Table | undefined)?.[name], config)

const setAt = (config: Table, path: string, value: unknown): void => {
  const names = path.split('.')
  const table = names.slice(0, -1).reduce<Table>((outer, name) => outer[name] as Table, config)
  if (value === undefined) Reflect.deleteProperty(table, names.at(-1)!)
  else table[names.at(-1)!] = value
}
