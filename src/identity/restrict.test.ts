import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeRunner } from '../../test/support/fake-runner.ts'
import { toFailure, type Failure } from '../domain/errors.ts'
import type { Runner } from '../runner/api.ts'
import { owner, type Principal, type Role } from './principal.ts'
import { restrictTo } from './restrict.ts'

let fake: ReturnType<typeof createFakeRunner>
const as = (tenant: string | null, role: Role = 'submit'): Runner =>
  restrictTo({ name: 'x', tenant, role } satisfies Principal, fake.runner)
const body = (id: string, tenant?: string) => ({
  id,
  payload: { ...(tenant === undefined ? {} : { tenant }), execution: { command: ['x'] } },
})
const refusal = async (call: () => unknown): Promise<Failure | 'none'> => {
  try {
    await call()
    return 'none'
  } catch (cause) {
    return toFailure(cause)
  }
}

beforeEach(async () => {
  fake = createFakeRunner()
  await fake.runner.submit(body('theirs', 'other'))
  await fake.runner.submit(body('ours', 'acme'))
})

describe("another tenant's task", () => {
  it.each<[string, (runner: Runner, id: string) => unknown]>([
    ['task', (runner, id) => runner.task(id)],
    ['history', (runner, id) => runner.history(id)],
    ['recordsOf', (runner, id) => runner.recordsOf(['ours', id])],
    ['explain', (runner, id) => runner.explain(id)],
    ['logPaths', (runner, id) => runner.logPaths(id, 1)],
    ['list after it', (runner, id) => runner.list({ limit: 1, after: id })],
  ])('is not there for %s, in the words for an id that nobody has', async (_, call) => {
    const unknown = (await refusal(() => call(as('acme'), 'none'))) as Failure
    expect(unknown).toMatchObject({ code: 'NOT_FOUND' })
    expect(await refusal(() => call(as('acme'), 'theirs'))).toEqual({ ...unknown, message: unknown.message.replace('none', 'theirs') })
    expect(await refusal(() => call(as('acme'), 'ours'))).toBe('none')
    expect(await refusal(() => call(as(null), 'theirs'))).toBe('none')
  })
  it('is in no list and no count', () => {
    expect(
      as('acme')
        .list({ limit: 10 })
        .map(({ id }) => id),
    ).toEqual(['ours'])
    expect(as('acme').list({ limit: 10, tenant: 'other' })).toEqual([])
    expect(as(null).list({ limit: 10 })).toHaveLength(2)
  })
  it('is asked of the journal and of the counts by tenant alone', () => {
    const asked: unknown[] = []
    fake.runner.status = (tenant) => (asked.push(tenant), {} as never)
    fake.runner.records = (_, options) => (asked.push(options?.tenant), {} as never)
    as('acme').status()
    as('acme').records(0, { tenant: 'other' })
    as(null).records(0, { tenant: 'other' })
    expect(asked).toEqual(['acme', 'acme', 'other'])
  })
})

describe('a submission', () => {
  it('belongs to the tenant of whoever submits', async () => {
    expect((await as('acme').submit(body('a'))).status().tenant).toBe('acme')
    expect((await as('acme').submit(body('b', ''))).status().tenant).toBe('acme')
    expect((await as('acme').submit(body('a', 'acme'))).created).toBe(false)
  })
  it('for another tenant is refused, except from those of every tenant', async () => {
    expect(await refusal(() => as('acme').submit(body('a', 'other')))).toMatchObject({ code: 'PERMISSION_DENIED', path: 'payload.tenant' })
    expect((await as(null).submit(body('a', 'other'))).status().tenant).toBe('other')
  })
  it("under another tenant's id is a conflict, and leaves the task alone", async () => {
    expect(await refusal(() => as('acme').submit(body('theirs')))).toMatchObject({ code: 'TASK_CONFLICT' })
    expect(fake.runner.task('theirs').status().tenant).toBe('other')
  })
  it.each([null, [], 'x', {}, { payload: null }])('that is none, %o, is refused by the parser', async (submission) => {
    expect(await refusal(() => as('acme').submit(submission))).toMatchObject({ code: 'INVALID_SPEC' })
  })
})

describe('a role', () => {
  const calls: readonly [string, Role, (runner: Runner) => unknown][] = [
    ['submit', 'submit', (runner) => runner.submit(body('n'))],
    ['cancel', 'submit', (runner) => runner.task('ours').cancel()],
    ['pause', 'admin', (runner) => runner.pause()],
    ['resume', 'admin', (runner) => runner.resume()],
    ['drain', 'admin', (runner) => runner.drain('x')],
    ['close', 'admin', (runner) => runner.close()],
  ]
  it.each(calls)('less than what %s wants, %s, is refused by name', async (_, needed, call) => {
    for (const role of ['read', 'submit'] as const)
      expect(await refusal(() => call(as(null, role)))).toEqual(
        role === needed ? 'none' : expect.objectContaining({ code: 'PERMISSION_DENIED', hint: `Use a token of the role ${needed}` }),
      )
  })
  it('of one tenant does not reach to the runner of all', async () => {
    for (const [name, needed, call] of calls) {
      expect(await refusal(() => call(restrictTo(owner, fake.runner))), name).toBe('none')
      if (needed === 'admin') expect(await refusal(() => call(as('acme', 'admin'))), name).toMatchObject({ code: 'PERMISSION_DENIED' })
    }
  })
  it('read sees tasks, logs and history', async () => {
    const runner = as('acme', 'read')
    expect([runner.task('ours').status().id, runner.history('ours').length, runner.explain('ours').length]).toEqual(['ours', 3, 2])
  })
})
