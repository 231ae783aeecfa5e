import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NativeOptions } from '../../adapters/native/index.ts'
import { pidNamespace, readBootId } from '../../adapters/native/processes.ts'
import type { AttemptKey } from '../../src/domain/exit.ts'
import type { LaunchRequest } from '../../src/ports/executor.ts'
import { createWorld, hasBubblewrap, hasCgroups, plan, type NativeWorld } from './native-harness.ts'
import type { RunnerProcessOptions } from './native-runner-process.ts'
import { processesWith, uniqueSeconds, until } from '../support/processes.ts'

const key: AttemptKey = { taskId: 'crashed', attempt: 1 }

const variants: readonly (readonly [string, boolean, Partial<NativeOptions>])[] = [
  ['in bubblewrap', hasBubblewrap && hasCgroups, { sandbox: 'bubblewrap' }],
  ['in bubblewrap, without control groups', hasBubblewrap, { sandbox: 'bubblewrap', cgroupRoot: null }],
  ['without a sandbox', hasCgroups, { sandbox: 'none' }],
  ['without a sandbox and without control groups', true, { sandbox: 'none', cgroupRoot: null }],
]

describe.each(variants.filter(([, possible]) => possible))('an attempt %s', (_, __, options) => {
  let world: NativeWorld
  const others: ChildProcess[] = []
  const { signal } = new AbortController()
  beforeEach(() => { world = createWorld(options) }) // prettier-ignore
  afterEach(async () => {
    for (const other of others.splice(0)) other.kill('SIGKILL')
    await world.close()
  })

  const keep = (child: ChildProcess): ChildProcess => (others.push(child), child)

  const runnerProcess = (request: LaunchRequest, dies: RunnerProcessOptions['dies']): ChildProcess => {
    const executor = { dataDir: world.dataDir, installation: world.installation, sandbox: 'bubblewrap' as const, ...options }
    const argument: RunnerProcessOptions = { executor, request, dies }
    return keep(
      spawn(process.execPath, [join(import.meta.dirname, 'native-runner-process.ts'), JSON.stringify(argument)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    )
  }
  const launchedBy = async (runner: ChildProcess) => { await once(runner.stdout!, 'data') } // prettier-ignore
  const starts = (): number => {
    const file = join(world.workDir(key), 'starts')
    return existsSync(file) ? readFileSync(file, 'utf8').length : 0
  }
  const counted = (script: string) => plan(['sh', '-c', `printf s >>starts; ${script}`])

  it('ends as it would have, and tells it, when the runner is killed while it runs', async () => {
    const request = world.request(key, counted('while [ ! -e go ]; do sleep 0.01; done; echo done; exit 7'))
    const runner = runnerProcess(request, 'never')
    await launchedBy(runner)
    await until(() => starts() === 1)
    runner.kill('SIGKILL')
    await once(runner, 'exit')

    const executor = world.open()
    expect(await executor.list(signal)).toEqual([key])
    expect(await executor.launch(request, signal)).toEqual({ attached: true })
    writeFileSync(join(world.workDir(key), 'go'), '')
    expect(await executor.wait(key, signal)).toMatchObject({ code: 7, signal: null })
    expect(world.stdout(key).toString()).toBe('done\n')
    expect(starts()).toBe(1)
  })

  it('is launched once when the runner is killed between the mark and the spawn', async () => {
    const request = world.request(key, counted('exit 7'))
    await once(runnerProcess(request, 'before-spawn'), 'exit')
    expect(existsSync(world.mark(key))).toBe(true)

    const executor = world.open()
    expect(await executor.launch(request, signal)).toEqual({ attached: false })
    expect(await executor.wait(key, signal)).toMatchObject({ code: 7 })
    expect(starts()).toBe(1)
  })

  it.each([1, 2, 3, 4, 5])('is started once when the runner is killed at the moment of the spawn (%i)', async () => {
    const request = world.request(key, counted('exit 7'))
    await once(runnerProcess(request, 'after-spawn'), 'exit')

    const executor = world.open()
    await executor.launch(request, signal)
    expect(await executor.wait(key, signal)).toMatchObject({ code: 7 })
    expect(starts()).toBe(1)
  })

  it('is lost when its monitor was killed, and nothing of it runs on', async () => {
    const [seconds, executor] = [uniqueSeconds(), world.open()]
    await executor.launch(world.request(key, plan(['sh', '-c', `sleep ${seconds} & exec sleep ${seconds}`])), signal)
    await until(() => monitorOf(world, key) !== null && processesWith(`sleep\0${seconds}`).length >= 2)
    process.kill(monitorOf(world, key)!, 'SIGKILL')
    await expect(executor.wait(key, signal)).rejects.toMatchObject({ code: 'TASK_LOST' })
    expect(processesWith(`sleep\0${seconds}`)).toEqual([])
    expect(await executor.launch(world.request(key, plan(['true'])), signal)).toEqual({ attached: true })
    expect(await executor.stop(key, 0, signal)).toBeNull()
  })

  it('is lost when the host was restarted meanwhile, and signals nobody', async () => {
    const stranger = keep(spawn('sleep', ['300']))
    forge({ 'boot-id': 'another boot', 'child-pid': stranger.pid!, 'pid-namespace': pidNamespace(stranger.pid!)! })
    const executor = world.open()
    expect(await executor.launch(world.request(key, plan(['true'])), signal)).toEqual({ attached: true })
    await expect(executor.wait(key, signal)).rejects.toMatchObject({ code: 'TASK_LOST' })
    expect(await executor.stop(key, 0, signal)).toBeNull()
    await executor.remove(key, signal)
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
  })

  it('never signals a stranger whose pid stands on its mark', async () => {
    const stranger = keep(spawn('sleep', ['300'], { detached: true }))
    forge({ 'boot-id': readBootId(), 'child-pid': stranger.pid!, 'pid-namespace': pidNamespace(stranger.pid!)!, 'start-ticks': 1 })
    const executor = world.open()
    await expect(executor.wait(key, signal)).rejects.toMatchObject({ code: 'TASK_LOST' })
    expect(await executor.stop(key, 50, signal)).toBeNull()
    await executor.remove(key, signal)
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
  })

  it.runIf(hasBubblewrap)('never signals a stranger that has its pid and the number of its namespace', async () => {
    const stranger = keep(spawn('bwrap', ['--unshare-pid', '--unshare-user', '--die-with-parent', '--ro-bind', '/', '/', '--info-fd', '1', 'sleep', '300'], { stdio: ['ignore', 'pipe', 'inherit'] })) // prettier-ignore
    let info = '' // it comes in pieces
    for await (const piece of stranger.stdout!) if ((info += String(piece)).includes('}')) break
    const childPid = Number(/"child-pid": (\d+)/.exec(info)?.[1])
    forge({ 'boot-id': readBootId(), 'child-pid': childPid, 'pid-namespace': pidNamespace(childPid)! })
    const executor = world.open()
    await expect(executor.wait(key, signal)).rejects.toMatchObject({ code: 'TASK_LOST' })
    expect(await executor.stop(key, 50, signal)).toBeNull()
    await executor.remove(key, signal)
    expect(pidNamespace(childPid)).not.toBeNull()
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
  })

  it.each([
    ['garbage', '\0\xff{"child-pid": 1}\n[]\n"x"\n'],
    ['half a line', `{"boot-id":"${readBootId()}","sandbox":"none","stderr":"/x"}\n{ "child-pid": 12`],
    ['numbers that are none', `{"boot-id":"${readBootId()}","sandbox":"none","stderr":"/x"}\n{ "child-pid": -1, "exit-code": 1e9 }\n`],
  ])('is lost, and not started again, when its mark holds %s', async (__, text) => {
    const executor = world.open()
    writeFileSync(world.mark(key), text, 'latin1')
    const request = world.request(key, counted('exit 0'))
    expect(await executor.launch(request, signal)).toEqual({ attached: true })
    await expect(executor.wait(key, signal)).rejects.toMatchObject({ code: 'TASK_LOST' })
    expect(await executor.stop(key, 0, signal)).toBeNull()
    expect(starts()).toBe(0)
    await executor.remove(key, signal)
    expect(await executor.list(signal)).toEqual([])
  })

  it('is stopped and removed although its mark was emptied while it ran', async () => {
    const [seconds, executor] = [uniqueSeconds(), world.open()]
    await executor.launch(world.request(key, plan(['sleep', seconds])), signal)
    await until(() => processesWith(`sleep\0${seconds}`).length > 0)
    truncateSync(world.mark(key))
    const next = world.open()
    await next.stop(key, 0, signal)
    await next.remove(key, signal)
    expect(processesWith(`sleep\0${seconds}`)).toEqual([])
  })

  it('is not started when the mark cannot be made', async () => {
    const tooLong = { ...world.request(key, plan(['true'])), key: { taskId: 'x'.repeat(300), attempt: 1 } }
    await expect(world.open().launch(tooLong, signal)).rejects.toMatchObject({ code: 'LAUNCH_FAILED' })
  })

  const forge = (facts: { 'boot-id': string; 'child-pid': number } & Record<string, unknown>): void => {
    world.open()
    const { 'boot-id': bootId, ...line } = facts
    const header = { 'boot-id': bootId, sandbox: options.sandbox, stderr: join(world.dataDir, 'none') }
    writeFileSync(
      world.mark(key),
      `${[header, { 'monitor-pid': line['child-pid'] }, line].map((value) => JSON.stringify(value)).join('\n')}\n`,
    )
  }
})

const monitorOf = (world: NativeWorld, attempt: AttemptKey): number | null => {
  const text = existsSync(world.mark(attempt)) ? readFileSync(world.mark(attempt), 'utf8') : ''
  return text.includes('child-pid') ? Number(/"monitor-pid": (\d+)/.exec(text)?.[1]) : null
}

it('keeps its marks to the runner', async () => {
  const world = createWorld({ sandbox: 'none' })
  const executor = world.open()
  const { signal } = new AbortController()
  await executor.launch(world.request(key, plan(['true'])), signal)
  await executor.wait(key, signal)
  expect(statSync(join(world.dataDir, 'attempts')).mode & 0o777).toBe(0o700)
  expect(statSync(world.mark(key)).mode & 0o777).toBe(0o600)
  expect(statSync(world.mark(key)).uid).toBe(process.getuid!())
  await world.close()
})
