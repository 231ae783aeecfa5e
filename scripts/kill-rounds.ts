// Native tasks on a real runner that is killed with SIGKILL again and again; looks at every task, every byte and every leftover.
// usage: kill-rounds.ts [--rounds N] [--tasks T] [--seed S] [--minutes M]    a line per round, and a summary; the same seed kills at the same moments
import { parseArgs } from 'node:util'
import { createKillRounds } from '../test/support/kill-rounds.ts'
import { conclude } from './parts/count.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    tasks: { type: 'string', default: '200' },
    seed: { type: 'string' },
    minutes: { type: 'string', default: '1440' },
  },
})

const whole = (name: string, text: string): number => {
  const number = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= 0) return number
  process.stderr.write(`kill-rounds: --${name} takes a whole number, not "${text}"\n`)
  process.exit(2)
}

const [rounds, tasks, minutes] = [whole('rounds', values.rounds), whole('tasks', values.tasks), whole('minutes', values.minutes)]
const firstSeed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : whole('seed', values.seed)
const endsAt = Date.now() + minutes * 60_000

const play = createKillRounds(tasks)
let [passed, failed, kills] = [0, 0, 0]
try {
  for (let round = 1; round <= rounds && Date.now() < endsAt; round++) {
    const report = await play.run(firstSeed + round - 1)
    const verdict = report.problems.length === 0 ? 'ok' : `${report.problems.length} PROBLEMS`
    kills += report.kills.length
    if (report.problems.length === 0) passed++
    else failed++
    process.stdout.write(
      `round ${round} seed ${report.seed}: ${tasks} tasks, killed ${report.kills.length} times (${report.kills.join(', ')}), recovered in ${(report.recoveryMs / 1_000).toFixed(1)} s, ${(report.tookMs / 1_000).toFixed(1)} s: ${verdict}\n`,
    )
    for (const problem of report.problems.slice(0, 20)) process.stdout.write(`  ${problem}\n`)
  }
} finally {
  await play.close()
}
process.stdout.write(`${passed + failed} rounds of ${tasks} tasks from seed ${firstSeed}, ${kills} kills\n`)
conclude({ passed, failed })
