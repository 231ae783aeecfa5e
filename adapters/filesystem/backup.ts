import { chmod, copyFile, cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { RunnerError } from '../../src/domain/errors.ts'
import { lockDataDir } from './data-dir-lock.ts'
import { diskError, errnoOf } from './disk-error.ts'
import { createDataLayout, type DataLayout } from './layout.ts'
import { makeDirectories } from './make-directories.ts'
import { createFile, replaceFile } from './replace-file.ts'

const manifestSchema = z.strictObject({
  /** Of this document and of what lies beside it. */
  format: z.literal(1),
  /** RFC 3339. */
  made_at: z.string(),
  version: z.string(),
  installation: z.string().regex(/^[0-9a-f]{16}$/),
  last_position: z.int().min(0),
  tasks: z.int().min(0),
  live_tasks: z.int().min(0),
  /** The log files of its tasks are there. */
  logs: z.boolean(),
})

/** What a backup says of itself: `backup.json`, written last. A directory without it is no backup. */
export type BackupManifest = z.output<typeof manifestSchema>

/** How the file of a journal is copied and looked at: `adapters/sqlite/copy.ts`. */
export interface JournalFiles {
  copy(from: string, to: string): CopiedJournal
  check(path: string): CopiedJournal
}

interface CopiedJournal {
  readonly lastPosition: number
  readonly tasks: number
  readonly liveTasks: number
}

export interface BackupOptions {
  readonly logs: boolean
  readonly madeAt: Date
  /** Of the program. */
  readonly version: string
}

const placesIn = (directory: string) => ({
  manifest: join(directory, 'backup.json'),
  journal: join(directory, 'journal.sqlite'),
  installation: join(directory, 'installation'),
  logs: join(directory, 'logs'),
})

/** Copies what a runner must not lose into a new or empty directory, beside the runner or without one: the journal as it is at one moment, the installation's id, and with
 * `logs` the tasks' log files, each as far as it had come when it was copied.
 * @throws RunnerError `BACKUP_UNUSABLE`, `NOT_FOUND`, `JOURNAL_UNAVAILABLE`, `JOURNAL_CORRUPT` */
export const makeBackup = async (
  layout: DataLayout,
  directory: string,
  journals: JournalFiles,
  { logs, madeAt, version }: BackupOptions,
): Promise<BackupManifest> => {
  const places = placesIn(directory)
  await makeEmptyDirectory(directory)
  const { lastPosition, tasks, liveTasks } = journals.copy(layout.journal, places.journal)
  try {
    const installation = (await readFile(layout.installation, 'utf8')).trim()
    await createFile(places.installation, `${installation}\n`)
    if (logs) await copyTree(layout.taskLogs, places.logs)
    const manifest: BackupManifest = {
      format: 1,
      made_at: madeAt.toISOString(),
      version,
      installation,
      last_position: lastPosition,
      tasks,
      live_tasks: liveTasks,
      logs,
    }
    await replaceFile(places.manifest, `${JSON.stringify(manifest, null, 2)}\n`)
    return manifest
  } catch (cause) {
    throw diskError('BACKUP_UNUSABLE', 'writing the backup', directory, cause)
  }
}

/** Makes a data directory out of a backup: what was in it stays, and a restore that fails leaves nothing.
 * @throws RunnerError `BACKUP_UNUSABLE`, `DATA_DIR_LOCKED`, `DATA_DIR_UNUSABLE` when it is not empty, `JOURNAL_CORRUPT`, `JOURNAL_NEWER` */
export const restoreBackup = async (directory: string, layout: DataLayout, journals: JournalFiles): Promise<BackupManifest> => {
  const places = placesIn(directory)
  const manifest = await readManifest(places.manifest)
  const { lastPosition } = journals.check(places.journal)
  if (lastPosition !== manifest.last_position)
    throw unusable(directory, `its journal ends at ${lastPosition}, and it says ${manifest.last_position}`)
  await assertEmpty(layout)
  await createDataLayout(layout)
  const lock = await lockDataDir(layout)
  try {
    await createFile(layout.installation, `${manifest.installation}\n`)
    if (manifest.logs) await copyTree(places.logs, layout.taskLogs)
    const beside = `${layout.journal}.restoring`
    await copyFile(places.journal, beside)
    await chmod(beside, 0o600)
    await rename(beside, layout.journal)
    return manifest
  } catch (cause) {
    await rm(layout.dataDir, { recursive: true, force: true })
    throw diskError('DATA_DIR_UNUSABLE', 'restoring to', layout.dataDir, cause)
  } finally {
    await lock.release()
  }
}

const unusable = (directory: string, why: string, cause?: unknown): RunnerError =>
  new RunnerError('BACKUP_UNUSABLE', `${directory} is no backup: ${why}`, {
    path: 'DIR',
    hint: 'Name a directory that env-runner backup has filled',
    cause,
  })

const readManifest = async (path: string): Promise<BackupManifest> => {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    throw unusable(path, errnoOf(cause) === 'ENOENT' ? 'it is not there, or was not finished' : 'it cannot be understood', cause)
  }
}

const makeEmptyDirectory = async (directory: string): Promise<void> => {
  try {
    await makeDirectories(directory)
    await chmod(directory, 0o700)
    if ((await readdir(directory)).length === 0) return
  } catch (cause) {
    throw diskError('BACKUP_UNUSABLE', 'making', directory, cause)
  }
  throw new RunnerError('BACKUP_UNUSABLE', `${directory} is not empty`, {
    path: 'DIR',
    hint: 'Name a directory of its own for each backup',
  })
}

/** @throws RunnerError `DATA_DIR_UNUSABLE` */
const assertEmpty = async ({ dataDir }: DataLayout): Promise<void> => {
  const names = await readdir(dataDir).catch((cause: unknown) => {
    if (errnoOf(cause) === 'ENOENT') return []
    throw diskError('DATA_DIR_UNUSABLE', 'reading', dataDir, cause)
  })
  if (names.length === 0) return
  throw new RunnerError('DATA_DIR_UNUSABLE', `${dataDir} is not empty: a backup is restored to a directory of its own`, {
    path: 'data_dir',
    hint: 'Move it away, or name another one: --data-dir DIR',
  })
}

/** Files that are gone meanwhile, with the task that they belonged to, are passed over. */
const copyTree = async (from: string, to: string): Promise<void> => {
  await mkdir(to, { recursive: true, mode: 0o700 })
  for (const name of await readdir(from))
    await cp(join(from, name), join(to, name), { recursive: true, preserveTimestamps: true }).catch((cause: unknown) => {
      if (errnoOf(cause) !== 'ENOENT') throw cause
    })
}
