import { setTimeout as delay } from 'node:timers/promises'
import type { FaultPoint } from './fault-points.ts'
import { callsOf, live, lifeConfig, type Life, type Lived } from './lives.ts'
import { createRunnerHome, type RunnerHome } from './runner-home.ts'

export interface PointReport {
  readonly point: string
  readonly problems: readonly string[]
  /** The runner died there. A read may not come: how many there are depends on how fast the task prints. */
  readonly struck: boolean
}

export interface LifeReport {
  readonly undisturbed: Lived
  readonly points: readonly PointReport[]
}

/** Lives one task undisturbed, then once for each call that its runner made into the outside, with the runner killed before it and after it, each time
 * by itself and for real. One data directory for all: each death is also the next runner's recovery.
 * @param choose of all points, those to try */
export const killAtPoints = async (
  life: Life,
  choose: (point: FaultPoint, index: number) => boolean,
  home: RunnerHome = createRunnerHome(lifeConfig),
): Promise<LifeReport> => {
  try {
    await (await home.runner()).arm(null)
    const undisturbed = await live(home, 'undisturbed', life)
    const points = (await callsOf(home)).flatMap(({ call, nth }): FaultPoint[] => [{ call, nth, when: 'before' }, { call, nth, when: 'after' }]).filter(choose) // prettier-ignore
    const reports: PointReport[] = []
    for (const [index, point] of points.entries()) reports.push(await killAt(home, `task-${index}`, life, point, undisturbed))
    return { undisturbed, points: reports }
  } finally {
    await home.close()
  }
}

const killAt = async (home: RunnerHome, id: string, life: Life, point: FaultPoint, undisturbed: Lived): Promise<PointReport> => {
  const deathsBefore = home.deaths()
  const own = await home.runner()
  await own.arm(point)
  const lived = await live(home, id, life)
  // Killed by the very last calls, it may still be dying when nothing is left to be seen.
  if (home.deaths() === deathsBefore) await Promise.race([own.exited, delay(200)])
  const deaths = home.deaths() - deathsBefore
  if (own.isAlive()) await own.arm(null)
  const problems = [...(deaths > 1 ? [`the runner died ${deaths} times`] : []), ...differences(lived, undisturbed, life)]
  return { point: `${point.when} ${point.call} ${point.nth}`, problems, struck: deaths === 1 }
}

const differences = (lived: Lived, undisturbed: Lived, life: Life): string[] => {
  // A deadline counts from the journal: a runner that was away for longer than the task has ends it without starting it.
  if (
    !lived.launched &&
    lived.outcome['error_code'] === 'TIMEOUT_RUN' &&
    lived.tookMs >= life.timeoutSeconds * 1_000 &&
    (lived.outcome['starts'] as number) === 0
  )
    return []
  const keys = Object.keys(undisturbed.outcome).filter(
    (key) => JSON.stringify(lived.outcome[key]) !== JSON.stringify(undisturbed.outcome[key]),
  )
  return [
    ...keys.map((key) => `${key} is ${JSON.stringify(lived.outcome[key])}, not ${JSON.stringify(undisturbed.outcome[key])}`),
    ...(lived.ends.length === 1 && lived.ends[0]!.startsWith('0 ') ? [] : [`its ends are ${JSON.stringify(lived.ends)}`]),
  ]
}
