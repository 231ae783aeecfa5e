// npm run explore: every state that the machines, recovery and admission can reach within bounds.
// usage: explore.ts [--quick] [--only N]    --quick: small bounds, for seconds; N: the Nth of the bounds alone
import { parseArgs } from 'node:util'
import { boundsLine, checkAdmission, explore, pasteableTest, quickBounds, usualBounds, type ExplorationReport } from '../src/testing.ts'
import { conclude } from './parts/count.ts'

const { values } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean' } } })
const chosen = (values.quick ? quickBounds : usualBounds).filter(
  (_, index) => values.only === undefined || Number(values.only) === index + 1,
)

const explain = ({ states, steps, lives, depth, violation }: ExplorationReport): void => {
  if (violation === null)
    return void process.stdout.write(`  ${states} states, ${steps} steps, ${lives} lives of a task, ${depth} steps deep; frontier closed\n`)
  process.stdout.write(
    `  ${violation.sentences.map((sentence) => `violated: ${sentence}\n  `).join('')}after ${violation.history.length} steps:\n`,
  )
}

const { lines, violation } = checkAdmission()
process.stdout.write(
  `admission, every line of three tasks\n  ${violation === null ? `${lines} lines, each as the rule says` : `violated: ${violation}`}\n`,
)

let [states, failed] = [0, violation === null ? 0 : 1]
for (const bounds of chosen) {
  process.stdout.write(`${boundsLine(bounds)}\n`)
  const began = performance.now()
  const report = explore(bounds)
  explain(report)
  if (report.violation) process.stdout.write(`\n${pasteableTest(report)}\n`)
  states += report.states
  failed += report.violation ? 1 : 0
  process.stdout.write(`  ${((performance.now() - began) / 1_000).toFixed(1)} s, ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB\n`)
}
process.stdout.write(`${states} states, ${failed === 0 ? 'frontier closed' : 'frontier not closed'}\n`)
conclude({ passed: chosen.length + 1 - failed, failed })
