import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeRunner } from '../../../test/support/fake-runner.ts'
import { createTestApp } from '../../../test/support/http-app.ts'
import type { Principal } from '../../identity/principal.ts'
import { runner as runnerSchema } from './openapi/documents.ts'

let fake: ReturnType<typeof createFakeRunner>
let app: FastifyInstance
let asked: unknown[]
let principal: Principal

beforeEach(async () => {
  asked = []
  principal = { name: 'operator', tenant: null, role: 'admin' }
  fake = createFakeRunner()
  const runner = {
    ...fake.runner,
    pause: async () => void asked.push('pause'),
    resume: async () => void asked.push('resume'),
    drain: (reason: string) => {
      asked.push(reason)
      fake.state.value = 'draining'
      return new Promise<void>(() => {})
    },
  }
  app = await createTestApp({ ...fake, runner }, { identify: () => principal, version: '1.2.3' })
})
afterEach(() => app.close())

const post = (what: string, payload?: object) => app.inject({ method: 'POST', url: `/api/v1/runner/${what}`, ...(payload && { payload }) })

it('tells how the runner is, to whoever is known', async () => {
  principal = { name: 'reader', tenant: 'acme', role: 'read' }
  const answer = await app.inject('/api/v1/runner')
  expect([answer.statusCode, answer.json()]).toMatchObject([
    200,
    { runner_id: 'fake', version: '1.2.3', state: 'accepting', trouble: null },
  ])
  runnerSchema.parse(answer.json())
})

describe('an admin of every tenant', () => {
  it('pauses and resumes', async () => {
    expect([(await post('pause')).statusCode, (await post('resume')).statusCode, asked]).toEqual([200, 200, ['pause', 'resume']])
  })
  it('drains, for a reason, and is answered at once', async () => {
    const answer = await post('drain', { reason: 'kernel update' })
    expect([answer.statusCode, answer.json(), asked]).toMatchObject([202, { state: 'draining' }, ['kernel update']])
  })
})

it.each([
  { name: 'submitter', tenant: null, role: 'submit' },
  { name: 'admin of acme', tenant: 'acme', role: 'admin' },
] as const)('$name changes nothing', async (caller) => {
  principal = caller
  for (const what of ['pause', 'resume', 'drain'])
    expect((await post(what)).json()).toMatchObject({ status: 403, code: 'PERMISSION_DENIED' })
  expect(asked).toEqual([])
})

it('a drain takes a reason and nothing else', async () => {
  for (const payload of [{ reason: 7 }, { reason: 'x'.repeat(1_001) }, { reasno: 'typo' }])
    expect((await post('drain', payload)).json()).toMatchObject({ status: 400, code: 'INVALID_SPEC' })
  expect(asked).toEqual([])
})
