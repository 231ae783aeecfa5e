/** The daemon, with a note of when each record was committed: Unix ms by position, as JSON in a file that is written at the end. Prints what `serve` prints.
 * usage: node bench/support/timed-serve.ts DATA_DIR COMMITS_FILE */
import { writeFileSync } from 'node:fs'
import { startDaemon } from '../../src/daemon.ts'
import type { JournalEntry } from '../../src/ports/journal.ts'

const [dataDir, commitsFile] = process.argv.slice(2) as [string, string]
const committedAt: Record<number, number> = {}
const config = {
  data_dir: dataDir,
  http: { listen: '127.0.0.1:0' },
  grpc: { listen: '127.0.0.1:0' },
  classes: { cpu_short: { concurrency: 8, timeout_seconds: 3_600 } },
}
const daemon = await startDaemon({ config }, (outside) => ({
  ...outside,
  journal: {
    ...outside.journal,
    async append(entries: readonly JournalEntry[]) {
      await outside.journal.append(entries)
      const now = performance.timeOrigin + performance.now()
      for (const { record } of entries) committedAt[record.position] = now
    },
  },
}))
process.once('SIGTERM', () => {
  writeFileSync(commitsFile, JSON.stringify(committedAt))
  void daemon.stop()
})
process.stdout.write(`${JSON.stringify({ http: daemon.http, grpc: daemon.grpc })}\n`)
