import { simulatedArgv, type SimulatedBehaviour } from '../../adapters/simulated/executor.ts'
import type { SeededRandom } from '../../adapters/simulated/random.ts'
import type { ArraySubmission } from '../domain/array-spec.ts'
import type { Submission } from '../domain/task-spec.ts'

/** One client's task: what it submits and when, and whether it changes its mind. */
export interface PlannedTask {
  readonly id: string
  readonly submission: Submission
  readonly behaviour: SimulatedBehaviour
  /** Simulated milliseconds after the beginning. */
  readonly submitAt: number
  /** After the acceptance; null: never. */
  readonly cancelAfter: number | null
}

export const planTask = (
  id: string,
  behaviour: SimulatedBehaviour,
  submitAt: number,
  cancelAfter: number | null = null,
  more: Partial<Submission> = {},
  execution: Partial<Submission['payload']['execution']> = {},
  artifacts: Submission['payload']['artifacts'] = { inputs: [], outputs: [] },
): PlannedTask => ({
  id,
  behaviour,
  submitAt,
  cancelAfter,
  submission: {
    id,
    class: 'cpu_short',
    ...more,
    payload: { tenant: 'simulated', execution: { command: simulatedArgv(behaviour), ...execution }, artifacts, ...more.payload },
  } as Submission,
})

/** One client's array. */
export interface PlannedArray {
  readonly id: string
  readonly taskIds: readonly string[]
  readonly submission: ArraySubmission
  /** Simulated milliseconds after the beginning. */
  readonly submitAt: number
  /** After the acceptance; null: never. */
  readonly cancelAfter: number | null
  /** When it hears no answer, it does not send the array again that it finds. */
  readonly looksFirst: boolean
}

/** An array whose tasks act out a behaviour each. */
export const planArray = (
  id: string,
  behaviours: readonly SimulatedBehaviour[],
  submitAt: number,
  more: Partial<Pick<ArraySubmission, 'class' | 'priority' | 'concurrency'>> = {},
  { cancelAfter = null, looksFirst = false }: Partial<Pick<PlannedArray, 'cancelAfter' | 'looksFirst'>> = {},
): PlannedArray => {
  const [program, ...items] = [simulatedArgv({})[0]!, ...behaviours.map((behaviour) => simulatedArgv(behaviour)[1]!)]
  const submission = { id, items, ...more, payload: { tenant: 'simulated', execution: { command: [program, '{item}'] } } }
  return { id, taskIds: behaviours.map((_, index) => `${id}.${index}`), submission, submitAt, cancelAfter, looksFirst }
}

/** None, one or two, of a few tasks or of more than share a commit, under limits that hold them up and under none. */
export const drawArrays = (random: SeededRandom, spanMs: number, kinds: readonly Kind[] = allKinds): PlannedArray[] =>
  Array.from({ length: random.int(0, 2) }, (_, index) => {
    const behaviours = Array.from({ length: random.int(1, random.pick([4, 20])) }, () => drawBehaviour(random, kinds))
    const more = {
      class: random.pick(['cpu_short', 'cpu_long'] as const),
      priority: random.int(-1, 1),
      concurrency: random.pick([0, 1, 2, 5]),
    }
    const client = { cancelAfter: random.chance(0.2) ? random.int(0, 400) : null, looksFirst: random.chance(0.5) }
    return planArray(`array${index}`, behaviours, random.int(0, spanMs), more, client)
  })

/** An output that is there as long as the work directory is: the task's input. */
const givenBack = { inputs: [{ name: 'in', path: '/simulated/in', target: 'file' }], outputs: [{ name: 'out', path: 'file' }] }

/** A mix of what tasks do. */
export const drawTasks = (random: SeededRandom, count: number, spacingMs: number, kinds: readonly Kind[] = allKinds): PlannedTask[] =>
  Array.from({ length: count }, (_, index) => {
    const submitAt = random.int(0, count * spacingMs)
    const cancelAfter = random.chance(0.1) ? random.int(0, 400) : null
    const priority = random.int(-2, 2)
    const taskClass = random.chance(0.3) ? 'cpu_long' : 'cpu_short'
    const resources = random.chance(0.3) ? { cpu_millicores: random.int(1, 8_000), mem_bytes: random.int(1, 2 ** 33) } : {}
    const image = random.chance(0.3) && !('mem_bytes' in resources) ? { image: 'simulated:1' } : {}
    const artifacts = random.chance(0.3) ? givenBack : undefined
    const more = { class: taskClass, priority } as const
    return planTask(`t${index}`, drawBehaviour(random, kinds), submitAt, cancelAfter, more, { resources, ...image }, artifacts)
  })

type Draw = (usual: SimulatedBehaviour, random: SeededRandom) => SimulatedBehaviour

/** What a task can do, by name. */
const behaviours = {
  ends: (usual) => usual,
  fails: (usual, random) => ({ ...usual, exitCode: random.int(1, 255) }),
  crashes: (usual) => ({ ...usual, signal: 'SIGSEGV' }),
  hogs: (usual) => ({ ...usual, oomKilled: true }),
  hangs: (usual, random) => ({ ...usual, runMs: 60_000, ignoreTerm: random.chance(0.5) }),
  isMissing: (usual) => ({ ...usual, missingCommand: true }),
  launchesLate: (usual, random) => ({ ...usual, launchFailures: random.int(1, 4) }),
  vanishes: (usual) => ({ ...usual, vanishes: true }),
} satisfies Record<string, Draw>

export type Kind = keyof typeof behaviours
const allKinds = Object.keys(behaviours) as Kind[]

/** Everything that there is, or some of it: what is rare in the whole mix meets itself more often in a part of it.
 * Source: A. Groce and others, Swarm Testing, ISSTA 2012. */
export const drawKinds = (random: SeededRandom): readonly Kind[] => {
  if (random.chance(0.5)) return allKinds
  const some = allKinds.filter(() => random.chance(0.4))
  return some.length === 0 ? [random.pick(allKinds)] : some
}

/** Of the tasks that may end well a third more do. */
const drawBehaviour = (random: SeededRandom, kinds: readonly Kind[]): SimulatedBehaviour => {
  const runMs = random.pick([0, 1, 20, 200, 1_000])
  const print = random.chance(0.7) ? drawOutput(random) : ''
  const usual = { runMs, print, pieces: random.int(1, 5), printError: random.chance(0.2) ? 'a warning\n' : '' }
  const kind = kinds.includes('ends') && random.chance(0.25) ? 'ends' : random.pick(kinds)
  return behaviours[kind](usual, random)
}

const drawOutput = (random: SeededRandom): string => {
  const lines: string[] = []
  for (let line = random.int(0, 12); line > 0; line--)
    lines.push(
      random.pick([
        () => 'x'.repeat(random.int(0, 80)),
        () => `::env-runner::${JSON.stringify({ type: 'progress', percent: random.int(0, 100), step: 'simulate' })}`,
        () => `::env-runner::${JSON.stringify({ type: 'metric', name: 'tokens', value: random.int(0, 1_000) })}`,
        () => `__DSPY_RESULT__:${JSON.stringify({ value: random.int(0, 1_000) })}`,
        () => '::env-runner::{not json',
        () => 'é'.repeat(random.int(0, 2_000)),
      ])(),
    )
  return lines.join('\n')
}
