import { describe, expect, it } from 'vitest'
import { killAtPoints, killInRecovery, type LifeReport } from '../support/kill-at-points.ts'
import { hasStrace, killAtSyscalls } from '../support/kill-at-syscalls.ts'
import { lives } from '../support/lives.ts'
import { hasBubblewrap, hasCgroups } from './native-harness.ts'

/** Some of the points; test/long/kill-every-point.test.ts tries all. */
const at = (...points: readonly string[]) => ({ call, nth, when }: { call: string; nth: number; when: string }) => points.includes(`${when} ${call} ${nth}`) // prettier-ignore

const holds = ({ points }: LifeReport, count: number): void => {
  expect(points.filter(({ problems }) => problems.length > 0)).toEqual([])
  expect(points.filter(({ struck }) => struck)).toHaveLength(count)
}

describe.runIf(hasBubblewrap)('a runner that kills itself at one of its calls, started again', () => {
  it('starts once, tells one end and loses no byte of a task that completes', async () => {
    const report = await killAtPoints(
      lives['prints, leaves an output and completes'],
      at('after executor.launch 1', 'before journal.append 5', 'before workspace.collect 1', 'after journal.append 6'),
    )
    expect(report.undisturbed.outcome).toMatchObject({
      status: 'completed',
      exit_code: 0,
      starts: 1,
      attempts: 1,
      runner_output: { a: 1 },
      metrics: { tokens: 512 },
    })
    holds(report, 4)
  })

  it('tells the exit code of a task that fails', async () => {
    const report = await killAtPoints(lives['exits with 7'], at('after journal.append 1', 'before executor.launch 1'))
    expect(report.undisturbed.outcome).toMatchObject({ status: 'failed', exit_code: 7, starts: 1, error_code: 'EXIT_NONZERO' })
    holds(report, 2)
  })

  it('ends a task that was being cancelled', async () => {
    const report = await killAtPoints(lives['is cancelled while it runs'], at('before executor.stop 1', 'after journal.append 5'))
    expect(report.undisturbed.outcome).toMatchObject({ status: 'cancelled', exit_code: 143, starts: 1 })
    holds(report, 2)
  })

  it('ends a task that has outlived its time', async () => {
    const report = await killAtPoints(lives['ignores TERM and outlives its time'], at('before executor.stop 1'))
    expect(report.undisturbed.outcome).toMatchObject({ status: 'failed', error_code: 'TIMEOUT_RUN', exit_code: 137, starts: 1 })
    holds(report, 1)
  })

  it('tries a task again whose attempt was lost, once', async () => {
    const report = await killAtPoints(
      lives['loses its first attempt and is tried again'],
      at('after journal.append 5', 'after executor.remove 1', 'after executor.launch 2'),
    )
    expect(report.undisturbed.outcome).toMatchObject({ status: 'failed', exit_code: 4, starts: 2, attempts: 2, stdout: 'attempt 2\n' })
    holds(report, 3)
  })

  it('takes a task up again after it was killed while it did so', async () => {
    holds(await killInRecovery('watched', at('before executor.launch 1', 'after executor.launch 1')), 2)
  })

  it.runIf(hasStrace && hasCgroups)(
    'launches once after it was killed in the middle of a launch, and removes all after it was killed in the middle of a removal',
    async () => {
      const some = ['mkdir 1', 'unlink 1', 'clone 1', 'clone3 1', 'rmdir 1']
      holds(await killAtSyscalls(lives['exits with 7'], ({ syscall, nth }) => some.includes(`${syscall} ${nth}`)), 4)
    },
  )
})
