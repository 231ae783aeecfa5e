import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeRunner } from '../../../test/support/fake-runner.ts'
import { createTestApp } from '../../../test/support/http-app.ts'
import { array as arraySchema } from './openapi/documents.ts'

let fake: ReturnType<typeof createFakeRunner>
let app: FastifyInstance
beforeEach(async () => {
  fake = createFakeRunner()
  app = await createTestApp(fake)
})
afterEach(() => app.close())

const call = async (method: 'GET' | 'POST', url: string, body?: object) => {
  const answer = await app.inject({ method, url, ...(body && { payload: body }) })
  return { status: answer.statusCode, location: answer.headers.location, json: answer.json<Record<string, unknown>>() }
}
const document = (id: string, more: object = {}) => ({ id, count: 3, payload: { execution: { command: ['run', '{index}'] } }, ...more })

describe('arrays', () => {
  it('are answered with 201 and their place, 200 when they come again, 409 under another body', async () => {
    const first = await call('POST', '/api/v1/arrays', document('a', { concurrency: 2, workflow_id: 'w' }))
    expect([first.status, first.location, first.json]).toMatchObject([
      201,
      '/api/v1/arrays/a',
      { id: 'a', count: 3, concurrency: 2, workflow_id: 'w', rerun_of: null, ended: false, tasks: { pending: 3, failed: 0 } },
    ])
    expect(arraySchema.parse(first.json)).toEqual(first.json)
    expect((await call('POST', '/api/v1/arrays', document('a', { concurrency: 2, workflow_id: 'w' }))).status).toBe(200)
    expect(await call('POST', '/api/v1/arrays', document('a'))).toMatchObject({ status: 409, json: { code: 'TASK_CONFLICT' } })
  })

  it('tell how their tasks fare; unknown ones are 404', async () => {
    await call('POST', '/api/v1/arrays', document('a'))
    for (const index of [0, 1, 2]) fake.end(`a.${index}`, index === 1 ? 'failed' : 'completed')
    expect((await call('GET', '/api/v1/arrays/a')).json).toMatchObject({ ended: true, tasks: { completed: 2, failed: 1 } })
    expect(await call('GET', '/api/v1/arrays/b')).toMatchObject({ status: 404, json: { code: 'NOT_FOUND', path: 'id' } })
    expect(await call('GET', '/api/v1/arrays/b%2Fc')).toMatchObject({ status: 400, json: { code: 'INVALID_ID' } })
  })

  it('are run again where they failed, as a new array, whose id the client may choose', async () => {
    await call('POST', '/api/v1/arrays', document('a'))
    fake.end('a.2', 'failed')
    expect(await call('POST', '/api/v1/arrays/a/rerun')).toMatchObject({
      status: 201,
      location: '/api/v1/arrays/a-rerun-1',
      json: { id: 'a-rerun-1', rerun_of: 'a', count: 1 },
    })
    expect((await call('POST', '/api/v1/arrays/a/rerun', { new_id: 'b' })).status).toBe(201)
    expect(await call('POST', '/api/v1/arrays/a/rerun', { new_id: 'b' })).toMatchObject({ status: 200, json: { id: 'b' } })
  })

  it('are cancelled with a reason or without', async () => {
    await call('POST', '/api/v1/arrays', document('a'))
    expect((await call('POST', '/api/v1/arrays/a/cancel', { reason: 'too dear' })).status).toBe(202)
    expect(fake.runner.task('a.0').status().cancelReason).toBe('too dear')
    expect((await call('POST', '/api/v1/arrays/a/cancel')).status).toBe(202)
  })

  it.each([
    ['/api/v1/arrays', undefined, 'body'],
    ['/api/v1/arrays?wait=true', document('a'), 'query.wait'],
    ['/api/v1/arrays', { id: 'a', payload: {} }, 'payload.execution'],
    ['/api/v1/arrays', { ...document('a'), count: 0 }, 'count'],
    ['/api/v1/arrays/x/rerun', { id: 'b' }, 'id'],
    ['/api/v1/arrays/x/rerun', { new_id: 7 }, 'new_id'],
    ['/api/v1/arrays/x/cancel', { reason: 'x'.repeat(1_001) }, 'reason'],
    ['/api/v1/arrays/x/cancel', ['reason'], 'body'],
  ])('at %s with %j are refused, and the field is named', async (url, body, path) => {
    const { status, json } = await call('POST', url, body)
    expect([status, json['code'], json['path']]).toEqual([400, 'INVALID_SPEC', path])
    expect(json['hint']).toMatch(/\w/)
  })
})

describe('a list of tasks', () => {
  it('has those of an array or of a workflow alone', async () => {
    await call('POST', '/api/v1/arrays', document('a', { workflow_id: 'w' }))
    await call('POST', '/api/v1/tasks', { id: 't', workflow_id: 'w', payload: { execution: { command: ['true'] } } })
    const ids = async (query: string) =>
      ((await call('GET', `/api/v1/tasks?${query}`)).json['tasks'] as { id: string }[]).map(({ id }) => id)
    expect(await ids('array=a')).toEqual(['a.2', 'a.1', 'a.0'])
    expect(await ids('workflow_id=w')).toEqual(['t', 'a.2', 'a.1', 'a.0'])
    expect((await call('GET', '/api/v1/tasks/a.1')).json).toMatchObject({ array_id: 'a', array_index: 1 })
    expect((await call('GET', '/api/v1/tasks/t')).json).toMatchObject({ array_id: null, array_index: null })
  })
})
