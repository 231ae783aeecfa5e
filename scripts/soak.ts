// npm run soak: the daemon under clients that come and go; its memory, handles, listeners and timers must not grow with the tasks.
// usage: soak.ts [--tasks N]      default 20000; a line for each batch, what was found, and the count
import { parseArgs } from 'node:util'
import { soak } from '../test/support/soak/soak.ts'
import { conclude } from './parts/count.ts'

const { values } = parseArgs({ options: { tasks: { type: 'string', default: '20000' } } })
const tasks = Number(values.tasks)
if (!Number.isSafeInteger(tasks) || tasks < 1) {
  process.stderr.write(`soak: --tasks takes a whole number of at least 1, not "${values.tasks}"\n`)
  process.exit(2)
}

process.stdout.write(
  `env-runner serve with its SQLite journal, native tasks (/bin/true and the like, native.sandbox=none), clients over gRPC and HTTP\n`,
)
const report = await soak({ tasks, told: (line) => process.stdout.write(`${line}\n`) })
process.stdout.write(`${report.tasks} tasks in ${report.seconds.toFixed(0)} s; medians of the second quarter and of the last:\n`)
for (const { text } of report.verdicts) process.stdout.write(`${text}\n`)
const endsWell = report.exitCode === 0
process.stdout.write(`${endsWell ? '✓' : '✗'} the daemon ends with exit code ${report.exitCode}\n`)
const passed = report.verdicts.filter(({ isFlat }) => isFlat).length + Number(endsWell)
conclude({ passed, failed: report.verdicts.length + 1 - passed })
