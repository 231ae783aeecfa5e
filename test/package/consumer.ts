// What a TypeScript user of the installed package writes; checked against its declarations, then run.
import { strict as assert } from 'node:assert'
import { createRunner, RunnerError, type Submission, type TaskResult } from 'env-runner'
import { taskMachine, type TaskEvent } from 'env-runner/machines'
import { createSimulatedRunner, pathsToEnds, simulate, submissionOf } from 'env-runner/testing'
import { initialTransition, transition } from 'xstate'

const [pending] = initialTransition(taskMachine, { attemptsMax: 1 })
const cancel: TaskEvent = { type: 'task.cancel', reason: 'nobody needs it' }
assert.equal(transition(taskMachine, pending, cancel)[0].value, 'cancelled')
// @ts-expect-error: an event that the machine does not know
const unknown: TaskEvent = { type: 'task.paint' }
assert.ok(unknown)

assert.deepEqual((await simulate({ seed: 1, tasks: { count: 5 } })).violations, [])

const { boot, during } = createSimulatedRunner()
const simulated = await during((await boot()).runner.submit(submissionOf('t', { exitCode: 3 })))
assert.equal((await during(simulated.result())).exit?.code, 3)
const events = (): TaskEvent[] => [cancel, { type: 'task.admit', attempt: 1 }]
assert.ok(pathsToEnds({ machine: taskMachine, input: { attemptsMax: 1 }, events, essence: ({ value }) => value }).length > 0)

const submission: Submission = { payload: { execution: { command: ['echo', '__DSPY_RESULT__:{"loss":0.1}'], timeout_seconds: 30 } } }
const runner = await createRunner({ config: { data_dir: process.argv[2] ?? './data' }, env: process.env })
const task = await runner.submit(submission)
const statuses = new Set<string>()
for await (const { status, progress } of task.updates()) statuses.add(`${status}${progress?.step ?? ''}`)
const result: TaskResult = await task.result()
assert.equal(result.failure, null)
assert.ok(statuses.has('completed'))
assert.deepEqual([result.status, result.exit?.code, result.collected?.summary.runnerOutput], ['completed', 0, { loss: 0.1 }])
await assert.rejects(runner.submit({ class: 'no such class' }), (error) => error instanceof RunnerError && error.code === 'CLASS_UNKNOWN')
await runner.close()
