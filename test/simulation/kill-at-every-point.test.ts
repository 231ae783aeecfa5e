import { describe, expect, it } from 'vitest'
import { calm, planArray, planTask, simulate, simulatedSettings, type PlannedArray, type SimulationReport } from '../../src/testing.ts'

/** Lives of one task that between them pass through every state and every effect. */
const lives = {
  'that completes and prints': planTask(
    't',
    { runMs: 50, print: 'one\ntwo\n__DSPY_RESULT__:{"a":1}\n', pieces: 3, printError: 'warned\n' },
    0,
  ),
  'that ends with an exit code': planTask('t', { runMs: 20, exitCode: 7, print: 'before the end' }, 0),
  'whose first launch fails': planTask('t', { runMs: 20, launchFailures: 1, print: 'second try' }, 0),
  'that is cancelled while it runs': planTask('t', { runMs: 1_500, print: 'never finished' }, 0, 30),
  'that outlives its deadline and ignores TERM': planTask('t', { runMs: 60_000, ignoreTerm: true, print: 'too long' }, 0),
  'without such a command': planTask('t', { missingCommand: true }, 0),
}

const live = (task: (typeof lives)[keyof typeof lives], crashAt?: number): Promise<SimulationReport> =>
  simulate({
    seed: 5,
    tasks: [task],
    weather: { ...calm, delayMsMax: 3 },
    upheavals: false,
    settings: simulatedSettings,
    ...(crashAt === undefined ? {} : { crashAt }),
  })

/** What a client sees. Not the number of attempts: a refusal whose answer was lost is asked for again within the same attempt. */
const outcomeOf = ({ observation }: SimulationReport) => {
  const { row } = observation.tasks[0]!
  return {
    status: row.status,
    exit: row.result?.exit,
    code: row.result?.failure?.code,
    output: row.result?.collected?.summary.runnerOutput,
  }
}

describe('the runner is killed before and after each of its calls into the outside, each commit included', () => {
  it.each(Object.entries(lives))(
    'a task %s: one start per attempt, one end, the same outcome, no byte lost or doubled, nothing left',
    async (_, task) => {
      const undisturbed = await live(task)
      expect(undisturbed.violations).toEqual([])
      const expected = outcomeOf(undisturbed)
      const failures: unknown[] = []
      let struck = 0
      for (let point = 0; point < undisturbed.points; point++) {
        const report = await live(task, point)
        struck += report.faults
        const outcome = outcomeOf(report)
        if (report.violations.length > 0 || JSON.stringify(outcome) !== JSON.stringify(expected))
          failures.push({ point, violations: report.violations, outcome, recent: report.recent.slice(-30) })
      }
      expect(failures).toEqual([])
      expect(struck).toBe(undisturbed.points)
      expect(undisturbed.points).toBeGreaterThan(20)
    },
  )
})

describe('the runner is killed while it takes an array and runs its tasks', () => {
  const liveOf = (array: PlannedArray, crashAt?: number): Promise<SimulationReport> =>
    simulate({
      seed: 5,
      tasks: [],
      arrays: [array],
      weather: { ...calm, delayMsMax: 3 },
      upheavals: false,
      settings: simulatedSettings,
      ...(crashAt === undefined ? {} : { crashAt }),
    })
  const outcomesOf = ({ observation }: SimulationReport) =>
    observation.tasks.map(({ row }) => `${row.id} ${row.status} ${row.result?.exit?.code}`).toSorted()
  const endings = [
    { runMs: 20, print: 'one' },
    { runMs: 20, exitCode: 7 },
    { runMs: 20, print: 'three' },
  ]

  it.each([
    ['sends it again', false],
    ['looks for it first', true],
  ])('at every point: each task once, the limit kept, by a client who %s', async (_, looksFirst) => {
    const array = planArray('a', endings, 0, { concurrency: 1 }, { looksFirst })
    const undisturbed = await liveOf(array)
    expect([undisturbed.violations, outcomesOf(undisturbed)]).toEqual([[], ['a.0 completed 0', 'a.1 failed 7', 'a.2 completed 0']])
    const failures: unknown[] = []
    for (let point = 0; point < undisturbed.points; point++) {
      const report = await liveOf(array, point)
      if (report.violations.length > 0 || report.faults !== 1 || outcomesOf(report).join() !== outcomesOf(undisturbed).join())
        failures.push({ point, violations: report.violations, outcomes: outcomesOf(report), recent: report.recent.slice(-30) })
    }
    expect(failures).toEqual([])
  })

  it('between the commits of one that needs several: no task is missing, and none is there twice', async () => {
    const array = planArray('a', Array(30).fill({ runMs: 1 }), 0, {}, { looksFirst: true })
    const whole = outcomesOf(await liveOf(array))
    expect(whole).toHaveLength(30)
    for (let point = 0; point < 30; point++) {
      const report = await liveOf(array, point)
      expect([point, report.violations, outcomesOf(report)]).toEqual([point, [], whole])
    }
  })
})
