import { Metadata, type Client, type ServiceDefinition } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectStream, createGrpcClients, refusalOf } from '../support/grpc-client.ts'
import { createIdentityWorld, known, type IdentityWorld } from './identity-harness.ts'

const [acme, other, reader, tenantAdmin, operator] = [
  known('acme', 'acme', 'submit'),
  known('other', 'other', 'submit'),
  known('reader', 'acme', 'read'),
  known('tenant-admin', 'acme', 'admin'),
  known('operator', '*', 'admin'),
]
/** What the other tenant's task prints. */
const secret = 'xyzzy'

let world: IdentityWorld
let clients: ReturnType<typeof createGrpcClients>
beforeAll(async () => {
  world = await createIdentityWorld([acme, other, reader, tenantAdmin, operator].map(({ entry }) => entry).join(''))
  clients = createGrpcClients(world.daemon.grpc)
  for (const [caller, id, text] of [[acme, 'ours', 'hello'], [other, 'theirs', secret]] as const) {
    await ask(taskService('SubmitTask'), caller.token, { id, workflow_id: 'wf', spec: { execution: { command: ['echo', text] } } })
    await ask(taskService('WaitTask'), caller.token, { id })
    await ask('/envrunner.v1.ArrayService/SubmitArray', caller.token, { id: `${id}-array`, count: 2, template: { execution: { command: ['false'] } } })
    for (const index of [0, 1]) await ask(taskService('WaitTask'), caller.token, { id: `${id}-array.${index}` })
  }
}) // prettier-ignore
afterAll(async () => {
  clients.close()
  await world.close()
})

const taskService = (method: string) => `/envrunner.v1.TaskService/${method}`
const services = (): Client[] => [clients.orchestrator, clients.runner, clients.tasks, clients.arrays, clients.control]
const definitionOf = (client: Client): ServiceDefinition => (client.constructor as unknown as { service: ServiceDefinition }).service
const methodsOf = (client: Client) => Object.values(definitionOf(client))

/** Any method, by its path; a stream is read until it has told something of `until`, or has ended. */
const ask = async (path: string, token: string | undefined, request: object, until = /$./): Promise<unknown> => {
  const metadata = new Metadata()
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
  const client = services().find((candidate) => methodsOf(candidate).some((method) => method.path === path))!
  const { requestSerialize, responseDeserialize, responseStream } = methodsOf(client).find((method) => method.path === path)!
  if (responseStream)
    return collectStream(client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata), (messages) =>
      until.test(JSON.stringify(messages.at(-1))),
    )
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, (error, answer) => (error ? reject(error) : resolve(answer))),
  ) // prettier-ignore
}

interface Case {
  /** Concerns one task or array, whose id it gets. */
  readonly ofOne?: (id: string) => object
  /** Tells of many: until its own last word. */
  readonly ofMany?: { readonly request: object; readonly until?: RegExp }
  /** Concerns the tasks of all. */
  readonly ofAll?: object
  /** A submission under an id. */
  readonly submission?: (id: string) => object
  /** Says nothing of tasks. */
  readonly ofNone?: object
}
const byId = (id: string) => ({ id })
const execution = { command: ['true'] }
const cases: Readonly<Record<string, Case>> = {
  '/orchestrator.v1.OrchestratorService/SubmitTask': { submission: (id) => ({ id, payload: { execution: JSON.stringify(execution) } }) },
  '/orchestrator.v1.OrchestratorService/StreamTaskResults': {
    ofOne: (id) => ({ task_ids: [id], include_completed: true }),
    ofMany: { request: { include_completed: true }, until: /ours"/ },
  },
  '/orchestrator.v1.OrchestratorService/GetTaskStatus': { ofOne: (id) => ({ task_id: id }) },
  '/orchestrator.v1.OrchestratorService/CreateWorkflow': { ofNone: {} },
  '/orchestrator.v1.OrchestratorService/StartWorkflowRun': { ofNone: {} },
  '/orchestrator.v1.OrchestratorService/StreamWorkflowStatus': { ofNone: {} },
  '/orchestrator.v1.OrchestratorService/GetMetrics': { ofMany: { request: { metric_names: ['tasks_tracked_total'] } } },
  '/orchestrator.v1.OrchestratorService/StreamEvents': { ofMany: { request: { since_timestamp: 0 }, until: /task_failed.*ours-array\.1/ } },
  '/orchestrator.v1.OrchestratorService/Health': { ofNone: {} },
  '/runner.v1.EnvRunner/Run': { submission: (id) => ({ run_id: id, env: { argv: ['true'] } }) },
  '/runner.v1.EnvRunner/StreamRun': { submission: (id) => ({ run_id: id, env: { argv: ['true'] } }) },
  '/runner.v1.EnvRunner/Healthz': { ofNone: {} },
  [taskService('SubmitTask')]: { submission: (id) => ({ id, spec: { execution } }) },
  [taskService('GetTask')]: { ofOne: byId },
  [taskService('ListTasks')]: { ofMany: { request: { workflow_id: 'wf' } } },
  [taskService('CancelTask')]: { ofOne: byId },
  [taskService('WaitTask')]: { ofOne: byId },
  [taskService('WatchTasks')]: {
    ofOne: (id) => ({ ids: [id] }),
    ofMany: { request: { after_position: 0 }, until: /ours-array\.1.*FAILED/ },
  },
  [taskService('ReadLogs')]: { ofOne: byId },
  [taskService('ExplainTask')]: { ofOne: byId },
  '/envrunner.v1.ArrayService/SubmitArray': { submission: (id) => ({ id: `${id}-array`, count: 1, template: { execution } }) },
  '/envrunner.v1.ArrayService/GetArray': { ofOne: (id) => ({ id: `${id}-array` }) },
  '/envrunner.v1.ArrayService/RerunArray': { ofOne: (id) => ({ id: `${id}-array` }) },
  '/envrunner.v1.ArrayService/CancelArray': { ofOne: (id) => ({ id: `${id}-array` }) },
  '/envrunner.v1.RunnerService/GetStatus': { ofMany: { request: {} } },
  '/envrunner.v1.RunnerService/Pause': { ofAll: {} },
  '/envrunner.v1.RunnerService/Resume': { ofAll: {} },
  '/envrunner.v1.RunnerService/Drain': { ofAll: {} },
}
const having = <Key extends keyof Case>(key: Key) =>
  Object.entries(cases).flatMap(([path, given]) => (given[key] === undefined ? [] : [[path, given[key]] as const]))

it('has a case for every method that there is, and no other', () => {
  const paths = services().flatMap((client) => methodsOf(client).map(({ path }) => path))
  expect(paths.sort()).toEqual(Object.keys(cases).sort())
})

it.each(Object.entries(cases))('%s without a right token is UNAUTHENTICATED, in the same words whatever was shown', async (path, given) => {
  const request = given.ofOne?.('ours') ?? given.ofMany?.request ?? given.ofAll ?? given.submission?.('new') ?? given.ofNone!
  const answers: Awaited<ReturnType<typeof refusalOf>>[] = []
  for (const token of [undefined, 'x', `${acme.token}x`]) answers.push(await refusalOf(ask(path, token, request)))
  expect(answers[0]).toMatchObject({ status: 'UNAUTHENTICATED', code: 'UNAUTHENTICATED', hint: expect.any(String) as string })
  expect(answers).toEqual(answers.map(() => answers[0]))
})

describe('to another tenant', () => {
  it.each(having('ofOne'))('%s answers for their task as for one that nobody has', async (path, request) => {
    const [theirs, nobodys] = [await refusalOf(ask(path, acme.token, request('theirs'))), await refusalOf(ask(path, acme.token, request('nobodys')))]
    expect(theirs.status).toBe('NOT_FOUND')
    expect({ ...theirs, details: theirs.details.replaceAll('theirs', 'nobodys') }).toEqual(nobodys)
    await ask(path, other.token, request('theirs'))
    if (!path.endsWith('RerunArray')) await ask(path, operator.token, request('theirs'))
  }) // prettier-ignore
  it.each(having('ofMany'))('%s tells of their own alone', async (path, { request, until }) => {
    const own = JSON.stringify(await ask(path, acme.token, request, until))
    expect(own).not.toMatch(new RegExp(`theirs|${secret}`))
    if (until === undefined) expect(JSON.stringify(await ask(path, operator.token, request))).not.toBe(own)
  })
  // Not of runner.v1: the tenant is part of a job's id, see below.
  const byOwnId = having('submission').filter(([path]) => !path.startsWith('/runner.v1'))
  it.each(byOwnId)('%s under their id is refused, tells nothing of it and leaves it alone', async (path, request) => {
    const answer = await ask(path, acme.token, request('theirs')).catch((cause: unknown) => cause)
    expect(JSON.stringify(answer)).toContain('TASK_CONFLICT')
    expect(JSON.stringify(answer)).not.toContain(secret)
    expect(await ask(taskService('GetTask'), other.token, { id: 'theirs' })).toMatchObject({
      state: 'TASK_STATE_COMPLETED',
      tenant: 'other',
    })
  })
  it.each(having('ofAll'))('%s is refused, whatever the role', async (path, request) => {
    for (const { token } of [reader, acme, tenantAdmin])
      expect(await refusalOf(ask(path, token, request))).toMatchObject({ status: 'PERMISSION_DENIED', code: 'PERMISSION_DENIED' })
  })
  it('a job of the same name is another job', async () => {
    const request = { job_id: 'same', env: { argv: ['echo', 'x'] } }
    await ask('/runner.v1.EnvRunner/Run', acme.token, request)
    expect(await ask('/runner.v1.EnvRunner/Run', other.token, { job_id: 'same', env: { argv: ['false'] } })).toMatchObject({ exit_code: 1 })
    expect(await ask(taskService('GetTask'), acme.token, { id: 'run:acme:same:' })).toMatchObject({ state: 'TASK_STATE_COMPLETED' })
  })
})

describe('a role', () => {
  it.each(having('submission'))('read may not %s: the call is refused, not the task', async (path, request) => {
    expect(await refusalOf(ask(path, reader.token, request('new')))).toMatchObject({
      status: 'PERMISSION_DENIED',
      code: 'PERMISSION_DENIED',
    })
  })
  it('read may neither cancel nor run again', async () => {
    for (const [path, id] of [
      [taskService('CancelTask'), 'ours'],
      ['/envrunner.v1.ArrayService/RerunArray', 'ours-array'],
      ['/envrunner.v1.ArrayService/CancelArray', 'ours-array'],
    ] as const)
      expect(await refusalOf(ask(path, reader.token, { id })), path).toMatchObject({ status: 'PERMISSION_DENIED' })
  })
  it('of one tenant submits for no other, and is told the field', async () => {
    const spec = { tenant: 'other', execution }
    expect(await refusalOf(ask(taskService('SubmitTask'), acme.token, { spec }))).toMatchObject({
      status: 'PERMISSION_DENIED',
      path: 'spec.tenant',
    })
    const payload = { tenant: 'other', execution: JSON.stringify(execution) }
    const answer = await ask('/orchestrator.v1.OrchestratorService/SubmitTask', acme.token, { payload })
    expect(answer).toMatchObject({ success: false, error: expect.stringMatching(/^PERMISSION_DENIED: .*\(payload\.tenant\)/) as string })
  })
})
