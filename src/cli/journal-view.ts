import { existsSync } from 'node:fs'
import { createFileLogStore } from '../../adapters/filesystem/log-store.ts'
import { dataLayout, type DataLayout } from '../../adapters/filesystem/layout.ts'
import { openJournalReader } from '../../adapters/sqlite/journal.ts'
import { createSystemClock } from '../../adapters/system/clock.ts'
import type { Config } from '../config/schema.ts'
import { RunnerError } from '../domain/errors.ts'
import { taskIdPattern } from '../domain/task-spec.ts'
import { attemptName } from '../domain/exit.ts'
import type { JournalReader, TaskRow } from '../ports/journal.ts'
import type { LogStore } from '../ports/log-store.ts'
import type { DocumentLinks } from '../runner/task-document.ts'
import type { CliContext } from './context.ts'
import { assertOurs } from './data-dir.ts'
import { findHolder, nobodyHolds } from './holder.ts'

/** The journal and the log files of a data directory, read beside its holder or without one. */
export interface JournalView {
  readonly layout: DataLayout
  readonly journal: JournalReader
  readonly logs: LogStore
  /** @throws RunnerError `INVALID_ID`, `NOT_FOUND` */
  row(id: string): TaskRow
  links(row: TaskRow): DocumentLinks
  close(): void
}

export const layoutOf = (config: Config): DataLayout => dataLayout(config.data_dir, config.logs.dir)

/** Opens a data directory for reading.
 * @throws RunnerError `NOT_FOUND` where no runner has ever been, `DATA_DIR_UNUSABLE` of another user's, `JOURNAL_NEWER`, `JOURNAL_CORRUPT`, `JOURNAL_UNAVAILABLE` */
export const openJournalView = (config: Config): JournalView => {
  const layout = layoutOf(config)
  assertOurs(layout)
  if (!existsSync(layout.journal))
    throw new RunnerError('NOT_FOUND', `there is no journal in ${layout.dataDir}`, {
      path: 'data_dir',
      hint: 'Check the data directory (--data-dir), or start a runner there first',
    })
  const journal = openJournalReader(layout.journal)
  const logs = createFileLogStore({
    logsDir: layout.taskLogs,
    eventsPath: (key) => `${layout.work}/${attemptName(key)}`,
    clock: createSystemClock(),
  })
  return {
    layout,
    journal,
    logs,
    row(id) {
      assertTaskId(id)
      const row = journal.findTask(id)
      if (row) return row
      throw new RunnerError('NOT_FOUND', `there is no task ${id} in ${layout.dataDir}`, {
        path: 'ID',
        hint: 'env-runner list shows those that there are',
      })
    },
    links: ({ id: taskId, attempt }) => ({
      logsUrl: null,
      logPaths:
        attempt === 0 ? null : { stdout: logs.path({ taskId, attempt }, 'stdout'), stderr: logs.path({ taskId, attempt }, 'stderr') },
    }),
    close: () => journal.close(),
  }
}

/** Tells on stderr when nobody runs the tasks of the directory. A holder that may not be called is one. */
export const warnUnheld = async ({ stderr }: Pick<CliContext, 'stderr'>, { layout }: JournalView): Promise<void> => {
  const holder = await findHolder(layout.socket).catch(() => undefined)
  if (holder === null) await stderr.line(`env-runner: ${nobodyHolds(layout.dataDir)}`)
}

/** @throws RunnerError `INVALID_ID` */
export const assertTaskId = (id: string): void => {
  if (taskIdPattern.test(id)) return
  throw new RunnerError('INVALID_ID', `${JSON.stringify(id.slice(0, 200))} is not a task id`, {
    path: 'ID',
    hint: 'Ids are 1 to 128 of A-Z a-z 0-9 . _ : -, beginning with a letter or digit, without ".."',
  })
}
