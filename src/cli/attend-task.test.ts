import { describe, expect, it } from 'vitest'
import { RunnerError } from '../domain/errors.ts'
import type { ResultDocument, TaskDocument } from '../runner/task-document.ts'
import { attendTask } from './attend-task.ts'
import type { TaskClient } from './task-client.ts'

type Shown = Pick<TaskDocument, 'status' | 'attempt'>
const gone = () => new RunnerError('RUNNER_UNREACHABLE', 'gone')

/** A runner whose answers are written down; `logs` is what it gives for an attempt and an offset. */
const runner = (
  statuses: readonly Shown[],
  logs: (attempt: number, offset: number) => readonly (string | Error)[],
  patch: Partial<TaskClient> = {},
): TaskClient => {
  const left = [...statuses]
  return {
    remote: null,
    submit: () => Promise.resolve({} as TaskDocument),
    status: () => Promise.resolve((left.length > 1 ? left.shift() : left[0]) as TaskDocument),
    async *logs(_, attempt, stream, offset) {
      if (stream === 'stdout')
        for (const text of logs(attempt, offset)) {
          if (text instanceof Error) throw text
          yield Buffer.from(text)
        }
    },
    result: () => Promise.resolve({ status: 'completed' } as ResultDocument),
    cancel: () => Promise.resolve({} as TaskDocument),
    close: () => Promise.resolve(),
    ...patch,
  }
}
const attend = async (...runners: TaskClient[]) => {
  let printed = ''
  let [handed, waits] = [0, 0]
  const ended = attendTask({
    submission: { id: 'a' },
    connect: () => (runners.length > 0 ? Promise.resolve(runners.shift()!) : Promise.reject(new Error('no more runners'))),
    print: (_, bytes) => Promise.resolve(void (printed += Buffer.from(bytes).toString())),
    attended: () => Promise.resolve(void handed++),
    waiting: () => Promise.resolve(void waits++),
  })
  return ended.then(({ result }) => ({ result, printed, handed, waits }))
}

describe('a task is attended', () => {
  it('through all its attempts', async () => {
    const texts = ['', 'first ', 'second']
    const statuses: Shown[] = [
      { status: 'retrying', attempt: 1 },
      { status: 'completed', attempt: 2 },
    ]
    expect(await attend(runner(statuses, (attempt, offset) => [texts[attempt]!.slice(offset)]))).toMatchObject({
      printed: 'first second',
      handed: 1,
    })
  })
  it('by the next runner when the first one goes away, from the byte where it left off', async () => {
    const first = runner([{ status: 'running', attempt: 1 }], () => ['0123', gone()])
    const second = runner([{ status: 'completed', attempt: 1 }], (_, offset) => ['0123456789'.slice(offset)])
    expect(await attend(first, second)).toMatchObject({ printed: '0123456789', handed: 2 })
  })
  it('when a stream ends although its attempt goes on: the runner is about to leave', async () => {
    const statuses: Shown[] = [
      { status: 'running', attempt: 1 },
      { status: 'completed', attempt: 1 },
    ]
    let reads = 0
    const leaving = runner(statuses, (_, offset) =>
      'abcdef'.slice(offset, offset + 3) === '' ? [] : (reads++, ['abcdef'.slice(offset, offset + 3)]),
    )
    expect(await attend(leaving)).toMatchObject({ printed: 'abcdef' })
    expect(reads).toBe(2)
  })
  it('anew when the runner goes away after the end and before the answer', async () => {
    const first = runner([{ status: 'completed', attempt: 1 }], (_, offset) => ['x'.slice(offset)], {
      result: () => Promise.reject(gone()),
    })
    const second = runner([{ status: 'completed', attempt: 1 }], (_, offset) => ['x'.slice(offset)])
    expect(await attend(first, second)).toMatchObject({ printed: 'x', handed: 2 })
  })
  it('by the one that comes after a runner that drains, which is told once', async () => {
    const draining = () => runner([], () => [], { submit: () => Promise.reject(new RunnerError('DRAINING', 'no more')) })
    const next = runner([{ status: 'completed', attempt: 1 }], () => [])
    expect(await attend(draining(), draining(), next)).toMatchObject({ handed: 1, waits: 1 })
  })
  it('by nobody when it is refused', async () => {
    const refusing = runner([], () => [], { submit: () => Promise.reject(new RunnerError('TASK_CONFLICT', 'another body')) })
    await expect(attend(refusing)).rejects.toMatchObject({ code: 'TASK_CONFLICT' })
  })
})
