import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { findHolder as findLockHolder } from '../../../adapters/filesystem/data-dir-lock.ts'
import type { Config } from '../../config/schema.ts'
import { RunnerError, formatFailure, toFailure } from '../../domain/errors.ts'
import { findHolder } from '../holder.ts'
import { layoutOf, openJournalView } from '../journal-view.ts'
import type { Check } from './check.ts'

/** Older ones were refused before. */
export const checkNode = (): Check => ({
  name: 'node',
  status: 'ok',
  message: `${process.versions.node} on ${process.platform} ${process.arch}`,
})

const GiB = 2 ** 30

/** Room for logs, work directories and the journal. */
export const checkDisk = (config: Config): Check => {
  const { bavail, bsize } = statfsSync(nearestDirectory(config.data_dir))
  const free = bavail * bsize
  const message = `${(free / GiB).toFixed(1)} GiB are free for ${config.data_dir}`
  if (free > GiB) return { name: 'disk', status: 'ok', message }
  return {
    name: 'disk',
    status: free < GiB / 10 ? 'fail' : 'warn',
    message,
    hint: 'Make room: a full disk makes the runner refuse new tasks',
  }
}

const nearestDirectory = (path: string): string => (existsSync(path) ? path : nearestDirectory(dirname(path)))

/** Readable, whole, and what had to be put aside. */
export const checkJournal = (config: Config): Check[] => {
  const { journal } = layoutOf(config)
  if (!existsSync(journal)) return [{ name: 'journal', status: 'ok', message: 'none yet' }]
  try {
    const damage = quickCheck(journal)
    if (damage !== null)
      return [
        {
          name: 'journal',
          status: 'fail',
          message: `${journal} is damaged: ${damage}`,
          hint: 'Stop the runner, keep a copy, restore a backup',
        },
      ]
    const view = openJournalView(config)
    try {
      const counts = Object.entries(view.journal.countTasks()).flatMap(([status, count]) => (count > 0 ? [`${count} ${status}`] : []))
      const aside = view.journal.quarantined()
      const whole: Check = {
        name: 'journal',
        status: 'ok',
        message: `whole; ${view.journal.lastPosition()} records; tasks: ${counts.join(', ') || 'none'}`,
      }
      return aside.length === 0
        ? [whole]
        : [
            whole,
            {
              name: 'quarantine',
              status: 'warn',
              message: `${aside.length} streams could not be read and were put aside, such as ${aside[0]!.stream}: ${aside[0]!.reason}`,
            },
          ]
    } finally {
      view.close()
    }
  } catch (cause) {
    return [{ name: 'journal', status: 'fail', message: formatFailure(toFailure(cause)) }]
  }
}

/** Null when SQLite finds nothing wrong. */
const quickCheck = (path: string): string | null => {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const found = String(Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0])
    return found === 'ok' ? null : found
  } finally {
    db.close()
  }
}

/** Who holds the data directory, and whether it answers. */
export const checkRunner = async (config: Config): Promise<Check> => {
  const layout = layoutOf(config)
  try {
    const [locker, holder] = [await findLockHolder(layout), await findHolder(layout.socket)]
    if (holder) return { name: 'runner', status: 'ok', message: `${locker ? `process ${locker.pid}` : 'one'} answers at ${layout.socket}` }
    if (!locker) return { name: 'runner', status: 'ok', message: 'none runs here now' }
    return {
      name: 'runner',
      status: 'warn',
      message: `process ${locker.pid} holds the data directory and has no socket`,
      hint: 'Wait, if it has just started; else choose a shorter data_dir: the path of a socket has at most 107 bytes',
    }
  } catch (cause) {
    if (!(cause instanceof RunnerError)) throw cause
    return { name: 'runner', status: 'fail', message: formatFailure(toFailure(cause)) }
  }
}
