import { beforeEach, expect, it } from 'vitest'
import { dockerPlanOf, planOf } from '../../test/support/plans.ts'
import type { AttemptKey, Exit } from '../domain/exit.ts'
import type { ExecutionPlan } from '../domain/plan.ts'
import type { Executor, LaunchRequest } from '../ports/executor.ts'
import { createExecutorByMode } from './executor-by-mode.ts'

const key: AttemptKey = { taskId: 'a', attempt: 1 }
const other: AttemptKey = { taskId: 'b', attempt: 1 }
const exit: Exit = { code: 0, signal: null, oomKilled: false }
const { signal } = new AbortController()
const native = planOf(['true'])
const container = dockerPlanOf([])
const request = (plan: ExecutionPlan): LaunchRequest => ({ key, plan, image: null, workDir: '/w', logs: { stdout: '/o', stderr: '/e' } })

/** Writes down what it is asked; `leaves` is what it has a trace of. */
const recorder = (name: string, calls: string[], leaves: Exit | null, keys: readonly AttemptKey[] = []): Executor => {
  const note = <T>(call: string, answer: T) => {
    calls.push(`${name} ${call}`)
    return Promise.resolve(answer)
  }
  return {
    provision: () => note('provision', null),
    launch: () => note('launch', { attached: false }),
    wait: () => note('wait', exit),
    stop: () => note('stop', leaves),
    drainLogs: () => note('drainLogs', undefined),
    remove: () => note('remove', undefined),
    list: () => note('list', keys),
    close: () => note('close', undefined),
  }
}

let calls: string[] = []
beforeEach(() => void (calls = []))

it.each([
  ['native', native],
  ['docker', container],
] as const)('asks the executor of a %s plan, and no other, from its provision to its removal', async (mode, plan) => {
  const executor = createExecutorByMode({ native: recorder('native', calls, null), docker: recorder('docker', calls, null) })
  await executor.provision(key, plan, signal, () => {})
  await executor.launch(request(plan), signal)
  await executor.wait(key, signal)
  await executor.stop(key, 0, signal)
  await executor.drainLogs(key, signal)
  await executor.remove(key, signal)
  expect(calls).toEqual(['provision', 'launch', 'wait', 'stop', 'drainLogs', 'remove'].map((call) => `${mode} ${call}`))
})

it('asks each of an attempt of an earlier process: the one that left something answers, both remove', async () => {
  const executor = createExecutorByMode({ native: recorder('native', calls, null), docker: recorder('docker', calls, exit) })
  expect(await executor.stop(key, 0, signal)).toEqual(exit)
  await executor.remove(key, signal)
  expect(calls).toEqual(['native stop', 'docker stop', 'native remove', 'docker remove'])
})

it('lists what any of them has, once, and closes all', async () => {
  const executor = createExecutorByMode({
    native: recorder('native', calls, null, [key]),
    docker: recorder('docker', calls, null, [key, other]),
  })
  expect(await executor.list(signal)).toEqual([key, other])
  await executor.close()
  expect(calls.slice(-2)).toEqual(['native close', 'docker close'])
})
