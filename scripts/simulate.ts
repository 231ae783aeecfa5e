/** Runs the production engine on simulated hosts.
 * usage: npm run simulate -- [--seed N] [--runs R] [--tasks T] [--seconds S]
 *   --seed N      the first seed (default: of the clock; printed)
 *   --runs R      seeds N, N+1, … (default 1)
 *   --tasks T     tasks of each run (default 100)
 *   --seconds S   stop after this much time, whatever is left of R
 * The last line is `trace sha256:… tasks=… faults=… simulated=…`: the same arguments give the same line, byte for byte. */
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { armedInvariants, invariants, simulate } from '../src/testing.ts'

const { values } = parseArgs({
  options: { seed: { type: 'string' }, runs: { type: 'string' }, tasks: { type: 'string' }, seconds: { type: 'string' } },
})
const whole = (name: keyof typeof values, fallback: number): number => {
  const value = values[name] === undefined ? fallback : Number(values[name])
  if (Number.isSafeInteger(value) && value >= 0) return value
  console.error(`--${name} must be a whole number, not ${JSON.stringify(values[name])}`)
  process.exit(2)
}
const seed = whole('seed', Date.now() % 2 ** 31)
const runs = whole('runs', 1)
const tasks = whole('tasks', 100)
const endsAt = values.seconds === undefined ? Infinity : performance.now() + whole('seconds', 0) * 1_000

const traces = createHash('sha256')
let [done, failed, faults, simulatedMs] = [0, 0, 0, 0]
for (let run = seed; run < seed + runs && performance.now() < endsAt; run++) {
  const report = await simulate({ seed: run, tasks: { count: tasks } })
  traces.update(report.digest)
  done++
  faults += report.faults
  simulatedMs += report.simulatedMs
  if (report.violations.length === 0) continue
  failed++
  console.error(`seed ${run}: ${report.violations.length} violations; again with: npm run simulate -- --seed ${run} --tasks ${tasks}`)
  for (const violation of report.violations.slice(0, 10)) console.error(`  ${violation}`)
  for (const line of report.recent.slice(-40)) console.error(`    ${line}`)
}
console.log(
  `seeds ${seed}…${seed + done - 1}: ${done - failed} passed, ${failed} failed; invariants armed ${armedInvariants.length}/${invariants.length}`,
)
console.log(`trace sha256:${traces.digest('hex')} tasks=${done * tasks} faults=${faults} simulated=${Math.round(simulatedMs / 1_000)}s`)
process.exitCode = failed === 0 ? 0 : 1
