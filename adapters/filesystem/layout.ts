import { realpathSync, statSync } from 'node:fs'
import { chmod, readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { RunnerError } from '../../src/domain/errors.ts'
import { eventsFileName } from '../../src/domain/events.ts'
import { attemptName, type AttemptKey } from '../../src/domain/exit.ts'
import { taskIdPattern } from '../../src/domain/task-spec.ts'
import { diskError, errnoOf } from './disk-error.ts'
import { makeDirectories } from './make-directories.ts'
import { createFile } from './replace-file.ts'

/** Where everything of one runner is. All paths are absolute. */
export interface DataLayout {
  readonly dataDir: string
  /** The SQLite journal. */
  readonly journal: string
  /** Who holds the directory, for people; see `data-dir-lock.ts`. */
  readonly lock: string
  /** What the kernel locks; always empty. */
  readonly lockGuard: string
  /** The socket of the holder. */
  readonly socket: string
  /** The installation's id. */
  readonly installation: string
  /** One directory per attempt, owned by the tenant's user. */
  readonly work: string
  /** Marks of attempts: the executor's evidence. */
  readonly attempts: string
  /** `agent_action.jsonl`, and below it the logs of tasks. */
  readonly logs: string
  /** Logs of tasks: apart from `logs`, so that no task id can take the name of a file there. */
  readonly taskLogs: string
  /** Outputs that were kept with their task. */
  readonly outputs: string
  /** Content of inputs, of all tenants: `artifact-cache.ts`. */
  readonly cache: string
}

/** The layout of `dataDir`. `logsDir` is there unless the logs stand elsewhere (`logs.dir`). */
export const dataLayout = (dataDir: string, logsDir?: string): DataLayout => {
  const root = resolve(dataDir)
  const logs = logsDir === undefined ? join(root, 'logs') : resolve(logsDir)
  return {
    dataDir: root,
    journal: join(root, 'journal.sqlite'),
    lock: join(root, 'runner.lock'),
    lockGuard: join(root, 'runner.lock.guard'),
    socket: join(root, 'runner.sock'),
    installation: join(root, 'installation'),
    work: join(root, 'work'),
    attempts: join(root, 'attempts'),
    logs,
    taskLogs: join(logs, 'tasks'),
    outputs: join(root, 'outputs'),
    cache: join(root, 'cache'),
  }
}

/** Makes the directories that are missing and sets the modes of all. A task's user must reach its work directory, but list nothing on the way:
 * 0711 for the data directory and `work/`, 0700 for the rest. The journal is made here, empty (to SQLite an empty file is an empty database),
 * because its write-ahead log takes its mode: in a searchable directory it must not be readable by others.
 * A directory that holds something else is left alone: its modes are somebody's.
 * @throws RunnerError `DATA_DIR_UNUSABLE` */
export const createDataLayout = async (layout: DataLayout): Promise<void> => {
  await refuseForeign(layout)
  const directories: readonly (readonly [path: string, mode: number])[] = [
    [layout.dataDir, 0o711],
    [layout.work, 0o711],
    [layout.attempts, 0o700],
    [layout.taskLogs, 0o700],
    [layout.outputs, 0o700],
    [layout.cache, 0o700],
  ]
  for (const [path, mode] of directories) {
    try {
      await makeDirectories(path)
      await chmod(path, mode)
    } catch (cause) {
      throw diskError('DATA_DIR_UNUSABLE', 'making the directory', path, cause)
    }
  }
  try {
    await createFile(layout.journal, '') // never opened here: to close it would end this process's own SQLite locks on it
  } catch (cause) {
    throw diskError('DATA_DIR_UNUSABLE', 'writing to', layout.dataDir, cause)
  }
}

const refuseForeign = async (layout: DataLayout): Promise<void> => {
  const { dataDir, journal, installation, work, logs, attempts, outputs, cache } = layout
  let names: string[] = []
  try {
    names = await readdir(dataDir)
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw diskError('DATA_DIR_UNUSABLE', 'reading', dataDir, cause)
  }
  const own = new Set([work, logs, attempts, outputs, cache].map((path) => basename(path)))
  if (names.includes(basename(journal)) || names.includes(basename(installation)) || names.every((name) => own.has(name))) return
  throw new RunnerError('DATA_DIR_UNUSABLE', `${dataDir} holds ${names.find((name) => !own.has(name))} and is no data directory`, {
    path: 'data_dir',
    hint: 'Name a directory that is empty, or not there yet',
  })
}

/** The first directory on the way to `path` (`path` included, from the root down) that the user may not pass through, or null. Links are resolved.
 * A task's user needs the whole way to its work directory; a data directory below a 0700 home or temporary directory breaks it. */
export const firstUnsearchable = (path: string, user: { readonly uid: number; readonly gid: number }): string | null => {
  if (user.uid === 0) return null
  let directory = realpathSync(path)
  const way = [directory]
  while (dirname(directory) !== directory) way.push((directory = dirname(directory)))
  return way.reverse().find((each) => !maySearch(each, user)) ?? null
}

const maySearch = (directory: string, { uid, gid }: { readonly uid: number; readonly gid: number }): boolean => {
  const stat = statSync(directory)
  const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001
  return (stat.mode & bit) !== 0
}

/** A task's directory name: its id with `+` for `:`. Ids were checked at submission; a path is never built from one that was not.
 * @throws RunnerError `INVALID_ID` */
export const taskDirName = (taskId: string): string => {
  if (!taskIdPattern.test(taskId)) throw new RunnerError('INVALID_ID', `${JSON.stringify(taskId.slice(0, 200))} is not a task id`)
  return taskId.replaceAll(':', '+')
}

/** @throws RunnerError `INVALID_ID` */
export const workDirOf = (layout: Pick<DataLayout, 'work'>, key: AttemptKey): string => {
  taskDirName(key.taskId)
  return join(layout.work, attemptName(key))
}

export const eventsPathOf = (layout: Pick<DataLayout, 'work'>, key: AttemptKey): string => join(workDirOf(layout, key), eventsFileName)
