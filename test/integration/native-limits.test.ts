import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AttemptKey } from '../../src/domain/exit.ts'
import type { ExecutionPlan } from '../../src/domain/plan.ts'
import type { Executor } from '../../src/ports/executor.ts'
import { createWorld, groupsOf, hasBubblewrap, hasCgroups, plan, type NativeWorld } from './native-harness.ts'
import { processesWith, uniqueSeconds, until } from '../support/processes.ts'

const key: AttemptKey = { taskId: 'limited', attempt: 1 }
const mebibyte = 2 ** 20
const { signal } = new AbortController()

const withLimits = (argv: readonly string[], limits: Partial<ExecutionPlan['limits']>): ExecutionPlan => {
  const base = plan(argv)
  return { ...base, limits: { ...base.limits, ...limits } }
}

describe.each([
  ['in bubblewrap', hasBubblewrap, 'bubblewrap'],
  ['without a sandbox', true, 'none'],
] as const)('an attempt %s', (_, possible, sandbox) => {
  let world: NativeWorld
  let executor: Executor
  beforeEach(() => {
    world = createWorld({ sandbox })
    executor = world.open()
  })
  afterEach(() => world.close())

  const run = async (script: string, limits: Partial<ExecutionPlan['limits']> = {}, shell = 'bash') => {
    await executor.launch(world.request(key, withLimits([shell, '-c', script], limits)), signal)
    const exit = await executor.wait(key, signal)
    return { exit, stdout: world.stdout(key).toString() }
  }

  describe.runIf(possible && hasCgroups)('with control groups', () => {
    it('is told apart when the memory limit ends it', async () => {
      const { exit } = await run('exec tail -c 199999999 <(cat /dev/zero)', { memoryBytes: 32 * mebibyte })
      expect(exit).toMatchObject({ signal: 'SIGKILL', oomKilled: true })
      expect(exit.peakMemoryBytes).toBeLessThanOrEqual(32 * mebibyte)
    })

    it('is told apart also when the limit ended a child, and the parent exits with 0', async () => {
      const { exit, stdout } = await run('cat /dev/zero | tail -c 199999999; echo "child ${PIPESTATUS[1]}"; exit 0', {
        memoryBytes: 32 * mebibyte,
      })
      expect(stdout).toBe('child 137\n')
      expect(exit).toMatchObject({ code: 0, signal: null, oomKilled: true })
    })

    it('has the time and memory that it used counted', async () => {
      const { exit } = await run('for ((i = 0; i < 200000; i++)); do :; done')
      expect(exit.cpuMs).toBeGreaterThan(20)
      expect(exit.peakMemoryBytes).toBeGreaterThan(500_000)
    })

    it('starts no more processes than it may', async () => {
      const { exit, stdout } = await run(
        'i=1; while [ $i -lt 40 ]; do sleep 60 & echo $i; i=$((i + 1)); done',
        { processesMax: 10 },
        'dash',
      )
      expect(exit.code).not.toBe(0)
      expect(stdout.trim().split('\n')).toHaveLength(9)
    })

    it('may start as many as that', async () => {
      const { exit, stdout } = await run(
        'i=1; while [ $i -lt 10 ]; do sleep 60 & echo $i; i=$((i + 1)); done',
        { processesMax: 10 },
        'dash',
      )
      expect([exit.code, stdout.trim().split('\n').length]).toEqual([0, 9])
    })

    it('has the share of the processors that was asked for', async () => {
      await executor.launch(world.request(key, withLimits(['sleep', '60'], { cpuMillicores: 250 })), signal)
      const quota = groupsOf(world.installation)
        .flatMap((path) => [join(path, 'limited.1', 'cpu.cfs_quota_us'), join(path, 'limited.1', 'cpu.max')])
        .filter(existsSync)
        .map((path) => readFileSync(path, 'utf8').trim())
      expect(quota[0]).toMatch(/^25000( 100000)?$/)
      await executor.stop(key, 0, signal)
    })

    it('is ended with all its processes when it is a fork bomb', async () => {
      const seconds = uniqueSeconds()
      const bomb = `f() { sleep ${seconds} & f | f & wait; }; f`
      await executor.launch(world.request(key, withLimits(['bash', '-c', bomb], { processesMax: 40, memoryBytes: null })), signal)
      await until(() => processesWith(seconds).length > 10)
      await executor.stop(key, 50, signal)
      expect(processesWith(seconds)).toEqual([])
    })

    it('leaves no group behind', async () => {
      await run('sleep 60 & exit 0')
      await executor.remove(key, signal)
      expect(groupsOf(world.installation).filter((path) => existsSync(join(path, 'limited.1')))).toEqual([])
    })
  })

  describe.runIf(possible)('with the limits of a process', () => {
    it('opens no more files than it may', async () => {
      const { stdout } = await run('ulimit -Hn; ulimit -n; ulimit -c', { openFilesMax: 77 })
      expect(stdout).toBe('77\n77\n0\n')
    })

    it('writes no larger file than it may', async () => {
      const { exit } = await run('exec head -c 3000000 /dev/zero >large', { fileBytesMax: mebibyte })
      expect(exit.signal).toBe('SIGXFSZ')
      expect(statSync(join(world.workDir(key), 'large')).size).toBe(mebibyte)
    })

    it('is given a smaller memory where no group could limit it', async () => {
      executor = world.open({ cgroupRoot: null })
      const { exit, stdout } = await run('ulimit -d; exec tail -c 199999999 <(head -c 200000000 /dev/zero)', { memoryBytes: 32 * mebibyte })
      expect(stdout).toBe(`${32 * 1_024}\n`)
      expect(exit.code).not.toBe(0)
    })

    it('has every process ended with it, also in sessions of their own', async () => {
      const seconds = uniqueSeconds()
      const { exit } = await run(`setsid setsid sleep ${seconds} & (setsid sleep ${seconds} &) ; sleep ${seconds} & exit 5`)
      expect(exit.code).toBe(5)
      expect(processesWith(seconds)).toEqual([])
    })

    it('may signal its own process group without losing its exit code', async () => {
      const { exit } = await run("trap 'exit 9' TERM; kill -TERM 0; exit 1")
      expect(exit).toMatchObject({ code: 9, signal: null })
    })

    it('may clean up on TERM, with programs that are not signalled', async () => {
      await executor.launch(
        world.request(key, plan(['bash', '-c', "trap 'sleep 0.2; echo clean; exit 4' TERM; touch up; while :; do sleep 0.01; done"])),
        signal,
      )
      await until(() => existsSync(join(world.workDir(key), 'up')))
      expect(await executor.stop(key, 10_000, signal)).toMatchObject({ code: 4 })
      expect(world.stdout(key).toString()).toBe('clean\n')
    })

    it('tells 128 + n as the signal n, also when a program chose the code itself', async () => {
      expect((await run('exit 143')).exit).toMatchObject({ code: 143, signal: 'SIGTERM' })
    })

    it('appends to its logs', async () => {
      const request = world.request(key, plan(['echo', 'second']))
      writeFileSync(request.logs.stdout, 'first\n', { flag: 'a' })
      await executor.launch(request, signal)
      await executor.wait(key, signal)
      expect(world.stdout(key).toString()).toBe('first\nsecond\n')
    })
  })
})
