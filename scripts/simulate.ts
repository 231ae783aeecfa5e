// npm run simulate: the production engine on a simulated host, with faults.
// usage: simulate.ts [--seed N] [--tasks T] [--minimise]       one run; the last line is its trace. A failing one is made small, and printed as a test
//        simulate.ts --seeds COUNT | --minutes M [--seed N] [--tasks T]    many, from seed N on (default: a fresh one); the last line is their count
import { parseArgs } from 'node:util'
import { asTest, minimise, simulate, type SimulationReport } from '../src/testing.ts'
import { conclude } from './parts/count.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    tasks: { type: 'string', default: '20' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    minimise: { type: 'boolean' },
  },
})

const seedMax = 2 ** 31

const numberOf = (name: string, text: string, min: number): number => {
  const number = Number(text)
  if (text.trim() !== '' && Number.isFinite(number) && number >= min) return number
  process.stderr.write(`simulate: --${name} takes a number of at least ${String(min)}, not "${text}"\n`)
  process.exit(2)
}

const tasks = numberOf('tasks', values.tasks, 1)
const firstSeed = values.seed === undefined ? Math.floor(Math.random() * seedMax) : numberOf('seed', values.seed, 0)

const traceLine = ({ digest, tasks: count, faults, simulatedMs }: SimulationReport): string =>
  `trace sha256:${digest} tasks=${String(count)} faults=${String(faults)} simulated=${(simulatedMs / 1000).toFixed(3)}s`

const runSeed = (seed: number): Promise<SimulationReport> => simulate({ seed, tasks: { count: tasks } })

const explain = ({ seed, violations, recent }: SimulationReport): void => {
  process.stdout.write(`seed ${String(seed)} violates:\n${violations.map((violation) => `  ${violation}\n`).join('')}`)
  process.stdout.write(`the last of what happened:\n${recent.map((line) => `  ${line}\n`).join('')}`)
  process.stdout.write(`run again:\n  npm run simulate -- --seed ${String(seed)} --tasks ${String(tasks)} --minimise\n`)
}

const explainOne = async (report: SimulationReport): Promise<void> => {
  if (!values.minimise) return explain(report)
  const { report: small, runs } = await minimise(report)
  explain(small)
  process.stdout.write(`smaller than ${String(report.tasks)} tasks, after ${String(runs)} runs:\n${asTest(small)}\n`)
}

const runOne = async (): Promise<void> => {
  const report = await runSeed(firstSeed)
  if (report.violations.length > 0) await explainOne(report)
  process.stdout.write(`seed ${String(firstSeed)}\n${traceLine(report)}\n`)
  process.exitCode = report.violations.length === 0 ? 0 : 1
}

const runMany = async (isEnough: (done: number) => boolean): Promise<void> => {
  process.stdout.write(`seeds from ${String(firstSeed)} on, ${String(tasks)} tasks each\n`)
  let [passed, failed, faults, simulatedMs] = [0, 0, 0, 0]
  for (let seed = firstSeed; !isEnough(passed + failed); seed += 1) {
    const report = await runSeed(seed)
    if (report.violations.length > 0) explain(report)
    if (report.violations.length > 0) failed += 1
    else passed += 1
    faults += report.faults
    simulatedMs += report.simulatedMs
  }
  process.stdout.write(
    `${String((passed + failed) * tasks)} tasks, ${String(faults)} faults, ${(simulatedMs / 3_600_000).toFixed(1)} simulated hours\n`,
  )
  conclude({ passed, failed })
}

if (values.minutes !== undefined) {
  const endsAt = performance.now() + numberOf('minutes', values.minutes, 0) * 60_000
  await runMany((done) => done > 0 && performance.now() >= endsAt)
} else if (values.seeds !== undefined) {
  const count = numberOf('seeds', values.seeds, 1)
  await runMany((done) => done >= count)
} else {
  await runOne()
}
