import { createHash } from 'node:crypto'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type * as z from 'zod'
import { createFakeRunner } from '../../../../test/support/fake-runner.ts'
import { createTestApp } from '../../../../test/support/http-app.ts'
import { eventEnvelope } from '../../../domain/events.ts'
import { failure } from '../../../domain/errors.ts'
import * as documents from './documents.ts'
import type { OpenApiDocument } from './openapi-document.ts'
import { operations } from './operations.ts'
import { typeText } from './type-text.ts'

let fake: ReturnType<typeof createFakeRunner>
let app: FastifyInstance
let document: OpenApiDocument

beforeEach(async () => {
  fake = createFakeRunner()
  app = await createTestApp(fake, { dependencies: [{ what: 'docker', check: async () => 'it is away' }] })
  document = (await app.inject('/api/v1/openapi.json')).json()
})
afterEach(() => app.close())

/** `METHOD /pattern` of every route, out of the framework's own tree. */
const registered = (): string[] => {
  const path: string[] = []
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const match = /^((?:[│ ] {3})*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?/.exec(line)
      if (!match) return []
      const [, indent, part, methods] = match
      path.splice(indent!.length / 4)
      path.push(part!)
      return (methods ?? '').split(', ').filter((method) => method !== '' && method !== 'HEAD').map((method) => `${method} ${path.join('')}`) // prettier-ignore
    })
}

describe('the document', () => {
  it('has every route, and no other', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    )
    expect(described.toSorted()).toEqual(registered().toSorted())
    expect(Object.keys(operations).toSorted()).toEqual(registered().toSorted())
  })
  it('is valid OpenAPI 3.1, and every reference in it leads somewhere', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as object as Record<string, unknown>)
    expect([valid, errors]).toEqual([true, undefined])
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!)
    expect(references.length).toBeGreaterThan(0)
    for (const reference of references)
      expect(Object.keys(document.components.schemas)).toContain(reference.replace('#/components/schemas/', ''))
  })
  it('names each operation once', () => {
    const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toContain('getTasksIdLogs')
  })
  it('says of parameters what a client has to know: types, bounds, defaults, lists', () => {
    const parameters = document.paths['/api/v1/tasks']!['get']!.parameters!
    const schemaOf = (name: string) => parameters.find((parameter) => parameter.name === name)
    expect(schemaOf('limit')).toMatchObject({ in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 1_000 } })
    expect(schemaOf('limit')!.schema).not.toHaveProperty('pattern')
    expect(schemaOf('status')).toMatchObject({
      explode: false,
      schema: { type: 'array', items: { enum: expect.arrayContaining(['running']) as string[] } },
    })
    expect(document.paths['/api/v1/tasks/{id}']!['get']!.parameters![0]).toMatchObject({ name: 'id', in: 'path', required: true })
  })
  it('says which calls need credentials', () => {
    expect(document.paths['/healthz']!['get']!.security).toEqual([])
    expect(document.paths['/api/v1/tasks']!['get']!.security).toEqual([{ token: [] }, { certificate: [] }])
  })
})

describe('what is answered', () => {
  const submission = { id: 'a', payload: { execution: { command: ['true'] } } }
  const holds = async (schema: z.ZodType, method: 'GET' | 'POST', url: string, status: number, payload?: object) => {
    const answer = await app.inject({ method, url, ...(payload && { payload }) })
    expect([answer.statusCode, schema.safeParse(answer.json()).error?.issues ?? []]).toEqual([status, []])
  }
  it('is as the document says', async () => {
    await holds(documents.task, 'POST', '/api/v1/tasks', 201, submission)
    await holds(documents.taskList, 'GET', '/api/v1/tasks', 200)
    await holds(documents.taskEvents, 'GET', '/api/v1/tasks/a/events', 200)
    await holds(documents.explanation, 'GET', '/api/v1/tasks/a/explain', 200)
    await holds(documents.task, 'POST', '/api/v1/tasks/a/cancel', 202)
    fake.start('a')
    fake.print('a', 'stdout', 'line\n')
    const lines = await app.inject({ url: '/api/v1/tasks/a/logs', headers: { accept: 'application/x-ndjson' } })
    documents.logLine.parse(JSON.parse(lines.body))
    fake.end('a', 'failed', { failure: failure('EXIT_NONZERO', 'exit code 1'), exit: { code: 1, signal: null, oomKilled: false } })
    await holds(documents.task, 'GET', '/api/v1/tasks/a', 200)
    await holds(documents.result, 'GET', '/api/v1/tasks/a?wait=true', 200)
    await holds(documents.execution, 'POST', '/tasks/execute', 500, submission)
    await holds(documents.problem, 'POST', '/tasks/execute', 400, {})
    await holds(documents.problem, 'GET', '/api/v1/tasks/nobody', 404)
    await holds(documents.hardware, 'GET', '/hardware', 200)
    await holds(documents.healthy, 'GET', '/health', 200)
    await holds(documents.alive, 'GET', '/healthz', 200)
    await holds(documents.audit, 'GET', '/api/v1/audit', 200)
    await holds(documents.readiness, 'GET', '/readyz', 200)
    documents.envelope.parse(eventEnvelope({ type: 'task_started', data: { task_id: 'a' } }, 0))
  })
})

describe('the page', () => {
  it('shows every call and every document, and asks for nothing from anywhere', async () => {
    const page = await app.inject('/api/v1/docs')
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    for (const path of Object.keys(document.paths)) expect(page.body).toContain(` ${path}</code>`)
    for (const name of Object.keys(document.components.schemas)) expect(page.body).toContain(`<details id="${name}">`)
    const links = [...page.body.matchAll(/href="#([^"]+)"/g)].map(([, name]) => name!)
    expect(new Set(links)).toContain('Task')
    for (const name of links) expect(Object.keys(document.components.schemas)).toContain(name)
    expect(page.body).not.toMatch(/<script|<img|<link|@import|url\(|https?:\/\//)
    const style = /<style>([\s\S]*?)<\/style>/.exec(page.body)![1]!
    const hash = createHash('sha256').update(style).digest('base64')
    expect(page.headers['content-security-policy']).toContain(`style-src 'sha256-${hash}'`)
  })
})

it.each([
  [{ type: 'string' }, 'string'],
  [{ type: ['integer', 'null'] }, 'integer | null'],
  [{ enum: ['a', 1] }, '"a" | 1'],
  [{ const: true }, 'true'],
  [{ anyOf: [{ type: 'string' }, { type: 'null' }, { type: 'string' }] }, 'string | null'],
  [{ type: 'array', items: { $ref: '#/components/schemas/Task' } }, 'Task[]'],
  [{ type: 'array', items: { type: ['string', 'null'] } }, '(string | null)[]'],
  [{ type: 'object', additionalProperties: { type: 'number' } }, '{ [name]: number }'],
  [{ type: 'object', properties: { a: { type: 'string', description: 'A' }, b: { type: 'number', default: 1 } }, required: ['a'], additionalProperties: false }, '{\n  a: string  // A\n  b?: number  // default 1\n}'],
  [{ type: 'object', properties: { a: {} }, additionalProperties: {} }, '{\n  a?: any\n  …\n}'],
  [{}, 'any'],
])('writes %j as a type', (schema, text) => {
  expect(typeText(schema)).toBe(text)
}) // prettier-ignore
