import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'
import { RunnerError } from '../../src/domain/errors.ts'
import { diskError } from './disk-error.ts'
import type { DataLayout } from './layout.ts'
import { createFile, replaceFile } from './replace-file.ts'

const holderSchema = z.object({ pid: z.int().positive(), bootId: z.string(), startTicks: z.string() })

/** Who holds a data directory. `pid` alone can be another process by now: `startTicks` (field 22 of /proc/PID/stat) and `bootId` tell. */
export type Holder = z.output<typeof holderSchema>

export interface DataDirLock {
  readonly holder: Holder
  /** Idempotent. The kernel does it when the process dies. */
  release(): Promise<void>
}

/** Takes the data directory for this process, or refuses.
 * The lock is the kernel's: a POSIX lock on an empty file, taken through SQLite because Node has no call for it. So there is no stale lock:
 * it ends with its process, however that dies, and two takers cannot both win; SQLite also refuses a second taker in this process.
 * `runner.lock` says who holds it, for people and for the error message; it is overwritten, never trusted.
 * @throws RunnerError `DATA_DIR_LOCKED`, `DATA_DIR_UNUSABLE` */
export const lockDataDir = async (layout: DataLayout): Promise<DataDirLock> => {
  const guard = await takeGuard(layout)
  const holder = thisProcess()
  try {
    await replaceFile(layout.lock, `${JSON.stringify(holder)}\n`)
  } catch (cause) {
    guard.close()
    throw diskError('DATA_DIR_UNUSABLE', 'writing', layout.lock, cause)
  }
  let released = false
  return {
    holder,
    async release() {
      if (released) return
      released = true
      await rm(layout.lock, { force: true }) // before the guard: afterwards the file may be another's
      guard.close()
    },
  }
}

/** The live process that `runner.lock` names, or null. For messages and `doctor`: only `lockDataDir` decides. */
export const findHolder = async (layout: DataLayout): Promise<Holder | null> => {
  const parsed = holderSchema.safeParse(parseJson(await readFile(layout.lock, 'utf8').catch(() => '')))
  return parsed.success && isAlive(parsed.data) ? parsed.data : null
}

/** The installation's id: sixteen hexadecimal digits, made once per data directory. Marks carry it, so that no runner touches another's attempts.
 * @throws RunnerError `DATA_DIR_UNUSABLE` */
export const installationId = async (layout: DataLayout): Promise<string> => {
  try {
    await createFile(layout.installation, `${randomBytes(8).toString('hex')}\n`)
    const id = (await readFile(layout.installation, 'utf8')).trim()
    if (/^[0-9a-f]{16}$/.test(id)) return id
  } catch (cause) {
    throw diskError('DATA_DIR_UNUSABLE', 'reading', layout.installation, cause)
  }
  throw new RunnerError('DATA_DIR_UNUSABLE', `${layout.installation} does not hold an installation id`, {
    hint: 'Restore it from a backup; without it the runner cannot find the attempts that it started',
  })
}

const takeGuard = async (layout: DataLayout): Promise<DatabaseSync> => {
  let guard: DatabaseSync | undefined
  try {
    // Made by a link, so that nobody else may lock it, and never opened: to close any descriptor of a file ends this process's POSIX locks on it.
    await createFile(layout.lockGuard, '')
    guard = new DatabaseSync(layout.lockGuard)
    guard.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return guard
  } catch (cause) {
    guard?.close()
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === sqliteBusy) throw locked(layout)
    throw diskError('DATA_DIR_UNUSABLE', 'locking', layout.lockGuard, cause)
  }
}
const sqliteBusy = 5

const locked = (layout: DataLayout): RunnerError => {
  const parsed = holderSchema.safeParse(parseJson(readIfThere(layout.lock)))
  const who = parsed.success && isAlive(parsed.data) ? `process ${parsed.data.pid}` : 'another process'
  return new RunnerError('DATA_DIR_LOCKED', `${who} holds the data directory ${layout.dataDir}`, {
    hint: 'Let that runner do the work, stop it, or choose another directory with --data-dir',
  })
}

const thisProcess = (): Holder => ({ pid: process.pid, bootId: bootId(), startTicks: startTicks(process.pid) ?? '' })

const isAlive = (holder: Holder): boolean => holder.bootId === bootId() && startTicks(holder.pid) === holder.startTicks

const bootId = (): string => readIfThere('/proc/sys/kernel/random/boot_id').trim()

/** Null when there is no such process, or only its remains (state Z). The name in field 2 may hold spaces and parentheses. */
const startTicks = (pid: number): string | null => {
  const stat = readIfThere(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === '' || fields[0] === 'Z' ? null : (fields[19] ?? null)
}

const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
