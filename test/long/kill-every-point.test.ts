import { describe, expect, it } from 'vitest'
import { hasBubblewrap, hasCgroups } from '../integration/native-harness.ts'
import { killAtPoints, killInRecovery, type LifeReport } from '../support/kill-at-points.ts'
import { hasStrace, killAtSyscalls } from '../support/kill-at-syscalls.ts'
import { lives } from '../support/lives.ts'

const everyPoint = (): boolean => true

const holds = ({ undisturbed, points }: LifeReport, pointsMin: number): void => {
  expect(undisturbed.outcome['starts']).toBe(undisturbed.outcome['attempts'])
  expect(points.filter(({ problems }) => problems.length > 0)).toEqual([])
  // How many reads there are depends on how fast a task prints: one that does not come is no kill.
  expect(points.filter(({ struck, point }) => !struck && !point.includes('logs.read'))).toEqual([])
  expect(points.length).toBeGreaterThanOrEqual(pointsMin)
}

describe.runIf(hasBubblewrap)('a real runner, killed before and after each of its calls into the outside, each commit included', () => {
  it.each(Object.entries(lives))(
    'a task that %s: one start for each attempt, one end, the same outcome, no byte lost or doubled, nothing left',
    async (_, life) => {
      holds(await killAtPoints(life, everyPoint), 40)
    },
  )

  it.each(['watched', 'unwatched'] as const)('the same while it takes up a task of the one before, which ends %s', async (ends) => {
    holds(await killInRecovery(ends, everyPoint), 30)
  })

  it.runIf(hasStrace && hasCgroups)('the same at each step inside a launch and inside a removal', async () => {
    holds(await killAtSyscalls(lives['exits with 7'], everyPoint), 15)
  })
})
