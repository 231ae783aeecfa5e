import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { FaultPoint } from './fault-points.ts'
import { callsOf, hasBegun, live, lifeConfig, type Life, type Lived } from './lives.ts'
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

export type Choose = (point: FaultPoint, index: number) => boolean

/** Lives one task undisturbed, then once for each call that its runner made into the outside, with the runner killed before it and after it, each time
 * by itself and for real. One data directory for all: each death is also the next runner's recovery.
 * @param choose of all points, those to try */
export const killAtPoints = (life: Life, choose: Choose): Promise<LifeReport> =>
  inHome(life, async (home) => {
    await (await home.runner()).arm(null)
    const undisturbed = await live(home, 'undisturbed', life)
    return { undisturbed, points: await eachPoint(home, choose, (id, point) => killAt(home, id, life, point, undisturbed)) }
  })

/** The same for the calls that a runner makes while it takes up a task of the one before, which was killed.
 * @param ends whether the task ends while no runner is there, or after it was found running */
export const killInRecovery = (ends: 'unwatched' | 'watched', choose: Choose): Promise<LifeReport> =>
  inHome(gated, async (home) => {
    const recoverAt = (point?: FaultPoint): Life => ({ ...gated, during: (_, id) => recover(home, id, ends, point) })
    const undisturbed = await live(home, 'undisturbed', recoverAt())
    const points = await eachPoint(home, choose, async (id, point) => {
      const deathsBefore = home.deaths()
      const lived = await live(home, id, recoverAt(point))
      return reportOf(home, point, deathsBefore, lived, undisturbed, gated)
    })
    return { undisturbed, points }
  })

/** Runs until it is let go. */
const gated: Life = {
  command: `printf s >>/count/$1; echo one; until [ -e /count/$1.go ]; do sleep 0.05; done; echo two; exit 7`,
  timeoutSeconds: 60,
}

const recover = async (home: RunnerHome, id: string, ends: 'unwatched' | 'watched', point: FaultPoint | undefined): Promise<void> => {
  const letGo = (): void => writeFileSync(join(home.countMount.host_path, `${id}.go`), '')
  await hasBegun(home, id)
  await home.kill()
  if (ends === 'unwatched') letGo()
  const next = home.start(point)
  await Promise.race([next.exited, next.ready.then(() => callsOf(home), () => next.exited)]) // prettier-ignore
  letGo()
}

/** A data directory for one use. */
export const inHome = async (life: Life, use: (home: RunnerHome) => Promise<LifeReport>): Promise<LifeReport> => {
  const home = createRunnerHome(lifeConfig(life))
  try {
    return await use(home)
  } finally {
    await home.close()
  }
}

const eachPoint = async (
  home: RunnerHome,
  choose: Choose,
  kill: (id: string, point: FaultPoint) => Promise<PointReport>,
): Promise<PointReport[]> => {
  const calls = await callsOf(home)
  const points = calls.flatMap(({ call, nth }): FaultPoint[] => [{ call, nth, when: 'before' }, { call, nth, when: 'after' }]) // prettier-ignore
  const reports: PointReport[] = []
  for (const [index, point] of points.filter(choose).entries()) reports.push(await kill(`task-${index}`, point))
  return reports
}

const killAt = async (home: RunnerHome, id: string, life: Life, point: FaultPoint, undisturbed: Lived): Promise<PointReport> => {
  const deathsBefore = home.deaths()
  await (await home.runner()).arm(point)
  return reportOf(home, point, deathsBefore, await live(home, id, life), undisturbed, life)
}

const reportOf = async (
  home: RunnerHome,
  point: FaultPoint,
  deathsBefore: number,
  lived: Lived,
  undisturbed: Lived,
  life: Life,
): Promise<PointReport> => {
  // Killed by the very last calls, it may still be dying when nothing is left to be seen.
  if (home.deaths() === deathsBefore) await Promise.race([(await home.runner()).exited, delay(200)])
  const deaths = home.deaths() - deathsBefore
  const own = await home.runner()
  await own.arm(null)
  const problems = [...(deaths > 1 ? [`the runner died ${deaths} times`] : []), ...differences(lived, undisturbed, life)]
  return { point: `${point.when} ${point.call} ${point.nth}`, problems, struck: deaths === 1 }
}

/** Between what became of a task and what should have. */
export const differences = (lived: Lived, undisturbed: Lived, life: Life): string[] => {
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
