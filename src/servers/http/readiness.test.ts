import { describe, expect, it } from 'vitest'
import { createManualClock } from '../../../test/manual-clock.ts'
import { createReadiness, type Dependency } from './readiness.ts'

const fine = { state: 'accepting', journalTrouble: null } as const
/** A dependency whose answers the test gives. */
const create = () => {
  const { clock, pass } = createManualClock()
  const asked: { resolve: (why: string | null) => void; reject: (cause: Error) => void; signal: AbortSignal }[] = []
  const docker: Dependency = {
    what: 'docker',
    check: (signal) => new Promise((resolve, reject) => asked.push({ resolve, reject, signal })),
  }
  return { ready: createReadiness([docker], clock), asked, pass }
}

describe('what is missing', () => {
  it('is nothing when all is there', async () => {
    const { ready, asked } = create()
    const answer = ready(fine)
    asked[0]!.resolve(null)
    expect(await answer).toEqual([])
    expect(await createReadiness([], createManualClock().clock)({ ...fine, state: 'paused' })).toEqual([])
  })
  it('is the state and the journal first, without which no task is accepted, then what some tasks need', async () => {
    const { ready, asked } = create()
    const answer = ready({ state: 'draining', journalTrouble: { since: 0, message: 'no space left on device' } })
    asked[0]!.resolve('the engine is away')
    expect(await answer).toEqual([
      { what: 'state', why: 'the runner is draining', required: true },
      { what: 'journal', why: 'no space left on device', required: true },
      { what: 'docker', why: 'the engine is away', required: false },
    ])
  })
  it('is asked once for all who ask at a time, and not again for five seconds', async () => {
    const { ready, asked, pass } = create()
    const answers = Promise.all([ready(fine), ready(fine), ready(fine)])
    asked[0]!.resolve(null)
    expect(await answers).toEqual([[], [], []])
    pass(4_999)
    expect(await ready(fine)).toEqual([])
    expect(asked).toHaveLength(1)
    pass(1)
    const later = ready(fine)
    asked[1]!.reject(new Error('connect ENOENT /secret/docker.sock'))
    expect(await later).toEqual([{ what: 'docker', why: 'docker does not answer', required: false }])
  })
  it('is not waited for longer than a second', async () => {
    const { ready, asked, pass } = create()
    const answer = ready(fine)
    pass(1_000)
    expect(await answer).toMatchObject([{ why: 'docker did not answer within 1000 ms' }])
    expect(asked[0]!.signal.aborted).toBe(true)
  })
})
