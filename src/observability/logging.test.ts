import { describe, expect, it } from 'vitest'
import { createSimulatedRunner, submissionOf } from '../../test/support/simulated-runner.ts'
import { RunnerError } from '../domain/errors.ts'
import { pendingRow } from '../../test/conformance/journal.ts'
import { createLogger, type LogLevel } from './logging.ts'
import { withTaskFields } from './task-lines.ts'

type Line = Record<string, unknown>

const collect = (level: LogLevel) => {
  const texts: string[] = []
  const logger = createLogger({ level, runnerId: 'r1', sinks: [{ write: (line) => texts.push(line) }] })
  return { logger, texts, lines: () => texts.map((text) => JSON.parse(text) as Line) }
}

/** A task that fails to launch once, is run again, makes progress, and one that is cancelled: on the production engine. */
const live = async (level: LogLevel) => {
  const { logger, texts, lines } = collect(level)
  const { boot, during, until } = createSimulatedRunner({ context: (context) => ({ ...context, logger }) })
  const { runner } = await boot()
  const secret = { env: { A: 'hunter2' } }
  const whole = { workflow_id: 'wf-1', payload: { tenant: 'acme', context: { note: 'hunter2' }, execution: {} } }
  const behaviour = { runMs: 200, launchFailures: 1, print: 'hunter2\n' }
  const { payload } = submissionOf('whole', behaviour, {}, secret)
  const task = await during(runner.submit({ ...whole, id: 'whole', payload: { ...whole.payload, ...payload } }))
  await during(task.result())
  const stopped = await during(runner.submit(submissionOf('stopped', { runMs: 1_000 }, {}, secret)))
  await until(() => stopped.status().status === 'running')
  await during(stopped.cancel('hunter2'))
  await during(stopped.result())
  await during(runner.close('detach'))
  return { texts, lines: lines() }
}

describe('the log of a whole life, at trace', () => {
  it('is JSON lines with a level, a time and the runner', async () => {
    const { texts, lines } = await live('trace')
    expect(texts.every((text) => text.endsWith('}\n') && text.indexOf('\n') === text.length - 1)).toBe(true)
    for (const line of lines)
      expect(line).toMatchObject({
        level: expect.any(String),
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        runner_id: 'r1',
        msg: expect.any(String),
      })
  })

  it('names task, tenant, workflow, class and attempt in every line about a task', async () => {
    const { lines } = await live('trace')
    const about = lines.filter((line) => JSON.stringify(line).includes('whole'))
    expect(about.length).toBeGreaterThan(15)
    for (const line of about)
      expect(line).toMatchObject({ task_id: 'whole', tenant: 'acme', workflow_id: 'wf-1', class: 'cpu_short', attempt: expect.any(Number) })
    expect(new Set(about.map(({ attempt }) => attempt))).toEqual(new Set([0, 1, 2]))
  })

  it('tells each committed event, and the beginning and end of each effect', async () => {
    const { lines } = await live('trace')
    const of = (id: string, key: string) => lines.filter((line) => line['task_id'] === id && key in line)
    expect(of('whole', 'event').map(({ event, status }) => `${String(event)} → ${String(status)}`)).toEqual([
      'task.submitted → pending',
      'task.admit → preparing',
      'attempt.prepared → running',
      'attempt.failed → running',
      'attempt.stopped → collecting',
      'attempt.collected → retrying',
      'backoff.elapsed → retrying',
      'task.admit → preparing',
      'attempt.prepared → running',
      'attempt.launched → running',
      'attempt.exited → collecting',
      'attempt.collected → completed',
    ])
    expect(
      of('whole', 'effect')
        .map(({ effect, msg }) => `${String(effect)}: ${String(msg)}`)
        .slice(0, 3),
    ).toEqual(['prepare: an effect begins', 'prepare: an effect has ended', 'launch: an effect begins'])
    const begun = of('stopped', 'effect').filter(({ msg }) => msg === 'an effect begins')
    expect(of('stopped', 'effect').length).toBe(2 * begun.length)
  })

  it('has nothing that belongs to the task: no value of its environment, no context, no output, no words of who cancelled', async () => {
    const { texts } = await live('trace')
    expect(texts.filter((text) => text.includes('hunter2'))).toEqual([])
  })
})

describe('levels', () => {
  it('debug tells the events alone; info tells of the runner alone', async () => {
    const [debug, info] = [await live('debug'), await live('info')]
    expect(debug.lines.some((line) => 'event' in line)).toBe(true)
    expect(debug.lines.filter((line) => 'effect' in line)).toEqual([])
    expect(info.lines.filter((line) => 'task_id' in line)).toEqual([])
    expect(info.lines.map(({ msg }) => msg)).toContain('recovered')
  })
})

describe('a line about a task that names only its id, or an attempt by the name of its traces', () => {
  const row = pendingRow('a', { tenant: 'acme', workflowId: 'wf', attempt: 2 })

  it('gets the rest out of the journal; a line of another kind, or whole already, passes as it is', () => {
    const { logger, lines } = collect('trace')
    const complete = withTaskFields(logger, (id) => (id === 'a' ? row : null))
    complete.warn({ task_id: 'a', attempt: 1 }, 'm')
    complete.trace!({ task_id: 'a' }, 'm')
    complete.info({ task_id: 'unknown' }, 'm')
    complete.error({ task_id: 'a', tenant: 'other' }, 'm')
    complete.warn({ attempt: 'a.3' }, 'm')
    complete.warn({ attempt: 'unknown.4' }, 'm')
    complete.info({ attempt: 7 }, 'm')
    expect(lines().map(({ level: _l, time: _t, runner_id: _r, msg: _m, ...fields }) => fields)).toEqual([
      { task_id: 'a', tenant: 'acme', workflow_id: 'wf', class: 'cpu_short', attempt: 1 },
      { task_id: 'a', tenant: 'acme', workflow_id: 'wf', class: 'cpu_short', attempt: 2 },
      { task_id: 'unknown' },
      { task_id: 'a', tenant: 'other' },
      { task_id: 'a', tenant: 'acme', workflow_id: 'wf', class: 'cpu_short', attempt: 3 },
      { task_id: 'unknown', attempt: 4 },
      { attempt: 7 },
    ])
  })

  it('is told all the same when the journal cannot be read, and costs no look into it when its level is off', () => {
    const { logger, lines } = collect('info')
    let looks = 0
    const complete = withTaskFields(logger, () => {
      looks++
      throw new RunnerError('JOURNAL_UNAVAILABLE', 'closed')
    })
    complete.debug({ task_id: 'a' }, 'off')
    expect(looks).toBe(0)
    complete.warn({ task_id: 'a' }, 'on')
    expect(lines()).toMatchObject([{ msg: 'on', task_id: 'a' }])
  })
})

describe('what is never logged', () => {
  it('is censored under its usual names, two levels deep', () => {
    const { logger, texts } = collect('info')
    logger.info({ env: { A: 'hunter2' }, request: { headers: { authorization: 'hunter2' } }, task: { execution: { env: 'hunter2' } } }, 'm')
    logger.info({ token: 'hunter2', spec: { payload: 'hunter2' } }, 'm')
    expect(texts.join('')).not.toContain('hunter2')
  })

  it('is what libraries hang on their errors; words, codes and causes are', () => {
    const { logger, texts, lines } = collect('info')
    const inner = Object.assign(new Error('inner'), { code: 'ECONNRESET', headers: { authorization: 'hunter2' } })
    const outer = new RunnerError('ENGINE_UNAVAILABLE', 'outer', { hint: 'Wait', cause: inner })
    logger.warn({ err: Object.assign(outer, { request: 'hunter2' }) }, 'm')
    expect(texts.join('')).not.toContain('hunter2')
    expect(lines()[0]!['err']).toMatchObject({
      type: 'RunnerError',
      code: 'ENGINE_UNAVAILABLE',
      message: 'outer',
      hint: 'Wait',
      cause: { type: 'Error', code: 'ECONNRESET', message: 'inner' },
    })
  })
})
