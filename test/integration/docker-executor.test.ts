import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { containerName } from '../../adapters/docker/container-spec.ts'
import type { AttemptKey } from '../../src/domain/exit.ts'
import type { DockerPlan } from '../../src/domain/plan.ts'
import type { Executor } from '../../src/ports/executor.ts'
import { codeOf } from '../support/code-of.ts'
import { hasDocker } from '../support/docker-images.ts'
import { createEngineProxy } from '../support/engine-proxy.ts'
import { createDockerWorld, taskUid, type DockerWorld } from './docker-harness.ts'
import { dockerPlanOf } from '../support/plans.ts'
import { processesWith, uniqueSeconds, until } from '../support/processes.ts'

const key: AttemptKey = { taskId: 'a:b', attempt: 1 }
const { signal } = new AbortController()
const MiB = 2 ** 20

describe.runIf(hasDocker())('the Docker executor', () => {
  let world: DockerWorld
  let executor: Executor
  beforeEach(async () => {
    world = await createDockerWorld()
    executor = world.open()
  })
  afterEach(() => world.close())

  const launch = async (plan: DockerPlan, of = key) => executor.launch(await world.request(of, plan), signal)
  const sh = (script: string, over: Partial<DockerPlan> = {}) => dockerPlanOf(['sh', '-c', script], over)
  /** Runs to the end. @returns what it printed */
  const outputOf = async (plan: DockerPlan): Promise<string> => {
    await launch(plan)
    await executor.wait(key, signal)
    await executor.drainLogs(key, signal)
    return world.stdout(key) + world.stderr(key)
  }
  const limits = dockerPlanOf([]).limits

  describe('by default', () => {
    it('runs a task as the user of its tenant, without privileges, on a root that cannot be written, without a network', async () => {
      const out = await outputOf(
        sh('id -u; id -g; grep -E "^(Cap|NoNewPrivs|Seccomp)" /proc/self/status; touch /etc/x /bin/x; ls /sys/class/net; pwd'),
      )
      expect(out).toMatch(new RegExp(`^${taskUid}\\n${taskUid}\\n`))
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(out).toMatch(new RegExp(`${set}:\\s+0{16}\\n`))
      expect(out).toMatch(/NoNewPrivs:\s+1\n/)
      expect(out).toMatch(/Seccomp:\s+2\n/)
      expect(out.match(/Read-only file system/g)).toHaveLength(2)
      expect(out).toContain('\nlo\n/work\n')
      expect(out).not.toContain('eth0')
    })

    it('gives it its work directory, a /tmp of limited size, and nothing of the runner in its environment', async () => {
      const out = await outputOf(sh('echo in >file; grep " /tmp " /proc/mounts; env | sort', { env: { A: 'b c' } }))
      expect(readFileSync(join(world.workDir(key), 'file'), 'utf8')).toBe('in\n')
      expect(out).toMatch(/tmpfs \/tmp tmpfs rw,nosuid,nodev,relatime,size=16384k/)
      const names = [...out.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)
      expect(names).toEqual(
        expect.arrayContaining(['A', 'ENV_RUNNER_EVENTS', 'HOME', 'HOSTNAME', 'NVIDIA_VISIBLE_DEVICES', 'PATH', 'TINI_KILL_PROCESS_GROUP']),
      )
      expect(names.filter((name) => !['PWD', 'SHLVL', '_'].includes(name!))).toHaveLength(7)
      expect(out).toMatch(/^HOME=\/work$/m)
      expect(out).toMatch(/^ENV_RUNNER_EVENTS=\/work\/\.env-runner-events$/m)
      expect(out).toMatch(/^NVIDIA_VISIBLE_DEVICES=void$/m)
    })

    it('takes variables of the image away that would give devices or other libraries', async () => {
      const image = await world.commit(['NVIDIA_DRIVER_CAPABILITIES=all', 'LD_PRELOAD=/x.so', 'CUDA_VISIBLE_DEVICES=0', 'KEPT=1'])
      const out = await outputOf(sh('env', { image }))
      expect(out).toContain('KEPT=1')
      expect(out).not.toMatch(/NVIDIA_DRIVER|LD_PRELOAD|CUDA/)
    })
  })

  it('starts what the plan says: entrypoint, command and directory', async () => {
    const [one, two, three] = [1, 2, 3].map((attempt) => ({ taskId: 'a:b', attempt }))
    await launch(dockerPlanOf(['a', 'b'], { entrypoint: ['echo', 'entry'] }), one)
    await launch(dockerPlanOf([], { entrypoint: ['echo', 'alone'], command: null }), two)
    await launch(dockerPlanOf(['pwd'], { workingDir: 'sub/dir', containerWorkDir: '/elsewhere' }), three)
    for (const each of [one!, two!, three!]) await executor.wait(each, signal)
    expect([one!, two!, three!].map(world.stdout)).toEqual(['entry a b\n', 'alone\n', '/elsewhere/sub/dir\n'])
  })

  it('mounts what the plan names, and keeps what is read-only from being written', async () => {
    const [readable, writable] = [world.directory('readable'), world.directory('writable')]
    const mounts = [
      { hostPath: readable, mountPath: '/in/data', readOnly: true },
      { hostPath: writable, mountPath: '/out', readOnly: false },
    ]
    expect(await outputOf(sh('touch /out/x && touch /in/data/x', { mounts }))).toMatch(/Read-only file system/)
    expect([existsSync(join(writable, 'x')), existsSync(join(readable, 'x'))]).toEqual([true, false])
  })

  describe('limits', () => {
    it('are those of the plan', async () => {
      await launch(
        sh('ulimit -n; ulimit -c; ulimit -f; sleep 60', {
          limits: { ...limits, cpuMillicores: 500, fileBytesMax: MiB },
          shmBytes: 2 * MiB,
        }),
      )
      const { HostConfig } = await world.docker.getContainer((await world.containers())[0]!).inspect()
      expect(HostConfig).toMatchObject({
        Memory: 64 * MiB, MemorySwap: 64 * MiB, NanoCpus: 500_000_000, PidsLimit: 64, ShmSize: 2 * MiB, Privileged: false, AutoRemove: false,
        CapDrop: ['ALL'], ReadonlyRootfs: true, NetworkMode: 'none', RestartPolicy: { Name: 'no' },
      }) // prettier-ignore
      await until(() => world.stdout(key).split('\n').length > 3)
      expect(world.stdout(key)).toBe(`256\n0\n${MiB / 512}\n`)
    })

    it.each([
      ['the first process', 'exec tail /dev/zero'],
      ['a child, though the first process goes on and exits 0', 'tail /dev/zero; exit 0'],
    ])('tell when memory ran out in %s', async (_, script) => {
      await launch(sh(script))
      expect(await executor.wait(key, signal)).toMatchObject({ oomKilled: true })
      await world.kill()
      executor = world.open()
      expect(await executor.wait(key, signal)).toMatchObject({ oomKilled: true })
    })

    it('keep a fork bomb to its number of processes, and stop ends it', async () => {
      await launch(sh('b() { b | b & b; }; b; sleep 60'))
      await executor.stop(key, 0, signal)
      expect((await world.docker.getContainer((await world.containers())[0]!).inspect()).State.Running).toBe(false)
    })
  })

  it('leaves no grandchild behind that went into a session of its own and ignores TERM', async () => {
    const seconds = uniqueSeconds()
    await launch(sh(`trap '' TERM; (setsid sh -c "setsid sleep ${seconds} &" &); : >begun; sleep ${seconds}`))
    await until(() => processesWith(`sleep\0${seconds}`).length >= 2)
    expect(await executor.stop(key, 50, signal)).toMatchObject({ signal: 'SIGKILL', oomKilled: false })
    expect(processesWith(seconds)).toEqual([])
  })

  it('passes TERM to what a shell has started', async () => {
    await launch(sh(`trap 'exit 5' TERM; sh -c 'trap "echo heard; exit" TERM; : >begun; while :; do sleep 0.01; done'; exit 6`))
    await until(() => existsSync(join(world.workDir(key), 'begun')))
    expect(await executor.stop(key, 20_000, signal)).toMatchObject({ code: 5 })
    await executor.drainLogs(key, signal)
    expect(world.stdout(key)).toBe('heard\n')
  })

  it('reaps children that nobody waits for', async () => {
    const script =
      'for i in 1 2 3 4 5 6 7 8 9; do (true &) ; done; until [ "$(ls -d /proc/[0-9]* | wc -l)" -le 6 ]; do sleep 0.05; done; echo gone'
    expect(await outputOf(sh(script))).toBe('gone\n') // one that is not reaped keeps its place in /proc
  })

  it('keeps apart the words of a program and those of the engine, when one exits with 127', async () => {
    await launch(sh('echo "[FATAL tini (7)] exec x failed: No such file or directory" >&2; echo more >&2; exit 127'))
    expect(await executor.wait(key, signal)).toMatchObject({ code: 127 })
  })

  it.each([
    ['a command that is no program', dockerPlanOf(['/etc/passwd']), 'COMMAND_NOT_FOUND'],
    ['a network that is not there', dockerPlanOf(['true'], { network: 'env-runner-no-such-network' }), 'CONTAINER_REFUSED'],
    ['a runtime that is not there', dockerPlanOf(['true'], { runtime: 'no-such-runtime' }), 'CONTAINER_REFUSED'],
    ['less memory than the engine takes', dockerPlanOf(['true'], { limits: { ...limits, memoryBytes: MiB } }), 'CONTAINER_REFUSED'],
    ['a directory that is a descriptor', dockerPlanOf(['true'], { workingDir: '../proc/self/fd/8' }), 'CONTAINER_REFUSED'],
  ] as const)('says so of %s, with the same code when it is asked again', async (_, plan, code) => {
    const attempt = async () => codeOf(launch(plan).then(() => executor.wait(key, signal)))
    expect(await attempt()).toBe(code)
    await world.kill()
    executor = world.open()
    expect(await attempt()).toBe(code)
    expect(await executor.stop(key, 0, signal)).toBeNull()
    await executor.remove(key, signal)
    expect(await world.containers()).toEqual([])
  })

  describe('marks', () => {
    it('that are lost are written anew for containers that are there', async () => {
      await launch(sh('sleep 60'))
      rmSync(world.mark(key))
      expect(await executor.list(signal)).toEqual([key])
      expect(await launch(sh('sleep 60'))).toEqual({ attached: true })
      await executor.remove(key, signal)
      expect(await world.containers()).toEqual([])
    })

    it('that are lost do not let a container be made twice', async () => {
      await launch(sh('sleep 60'))
      rmSync(world.mark(key))
      expect(await launch(sh('sleep 60'))).toEqual({ attached: true })
      expect(await world.containers()).toHaveLength(1)
    })

    it('that were written before a crash, without the container, lead to one launch', async () => {
      await launch(sh('exit 4'))
      await executor.remove(key, signal)
      writeFileSync(world.mark(key), '')
      expect(await codeOf(executor.wait(key, signal))).toBe('TASK_LOST')
      expect(await launch(sh('exit 4'))).toEqual({ attached: false })
      expect(await executor.wait(key, signal)).toMatchObject({ code: 4 })
    })

    it('without the id of a container that was created and not started lead to its start', async () => {
      await launch(sh('exit 4'))
      await executor.wait(key, signal)
      const { Id } = await world.docker.getContainer((await world.containers())[0]!).inspect()
      await world.docker.getContainer(Id).remove()
      const name = containerName(world.installation, key)
      const labels = { 'env-runner.installation': world.installation, 'env-runner.task': key.taskId, 'env-runner.attempt': '1' }
      await world.docker.createContainer({
        name, Labels: labels, Image: 'env-runner/busybox:test', Cmd: ['sh', '-c', 'exit 9'], HostConfig: { NetworkMode: 'none' },
      }) // prettier-ignore
      writeFileSync(world.mark(key), '{"half')
      expect(await launch(sh('exit 4'))).toEqual({ attached: false })
      expect(await executor.wait(key, signal)).toMatchObject({ code: 9 })
    })

    it('name containers that somebody removed: the attempt is lost, and not launched again', async () => {
      await launch(sh('sleep 60'))
      const waiting = codeOf(executor.wait(key, signal))
      await world.docker.getContainer((await world.containers())[0]!).remove({ force: true })
      expect(await waiting).toBe('TASK_LOST')
      expect(await launch(sh('sleep 60'))).toEqual({ attached: true })
      expect(await codeOf(executor.wait(key, signal))).toBe('TASK_LOST')
      expect(await executor.stop(key, 0, signal)).toBeNull()
      await executor.remove(key, signal)
      expect(await executor.list(signal)).toEqual([])
    })
  })

  it('lets nothing start after a launch that was given up was stopped', async () => {
    const request = await world.request(key, sh(': >started; sleep 60'))
    for (const delayMs of [0, 5, 20, 60, 120]) {
      const giveUp = new AbortController()
      const launching = codeOf(executor.launch(request, giveUp.signal))
      setTimeout(() => giveUp.abort(), delayMs)
      await launching
      await executor.stop(key, 0, signal)
      await executor.remove(key, signal)
      expect(await world.containers()).toEqual([])
    }
    expect(await executor.list(signal)).toEqual([])
  })

  it('finds the same containers after a crash, with every byte of their logs once', async () => {
    const keys = Array.from({ length: 8 }, (_, index) => ({ taskId: `t${index}`, attempt: 1 }))
    const script = 'i=0; while [ $i -lt 400 ]; do echo line $i; i=$((i+1)); sleep 0.002; done; echo end >&2'
    await Promise.all(keys.map((each) => launch(sh(script), each)))
    const before = await world.containers()
    await world.kill()
    executor = world.open()
    expect(await executor.list(signal)).toHaveLength(8)
    for (const each of keys) expect(await launch(sh(script), each)).toEqual({ attached: true })
    await Promise.all(keys.map((each) => executor.wait(each, signal)))
    expect((await world.containers()).toSorted()).toEqual(before.toSorted())
    const lines = Array.from({ length: 400 }, (_, index) => `line ${index}\n`).join('')
    await Promise.all(keys.map((each) => executor.drainLogs(each, signal)))
    for (const each of keys) expect([world.stdout(each), world.stderr(each)]).toEqual([lines, 'end\n'])
  })

  it('copies what was printed while nobody listened when it stops the attempt', async () => {
    await launch(sh('echo before; sleep 0.2; echo after; : >said; sleep 60'))
    await until(() => world.stdout(key) !== '')
    await world.kill()
    await until(() => existsSync(join(world.workDir(key), 'said')))
    executor = world.open()
    await executor.stop(key, 100, signal)
    await executor.drainLogs(key, signal)
    expect(world.stdout(key)).toBe('before\nafter\n')
  })

  it.each(['wait', 'stop'] as const)(
    'tells the end of a container whose log is still to be read when asked to %s, and then has all of it',
    async (end) => {
      const proxy = await createEngineProxy({ holdLogs: true })
      try {
        const slow = world.open({ engine: { host: proxy.host } })
        await slow.launch(await world.request(key, sh(`seq 12000; : >printed; ${end === 'wait' ? '' : 'sleep 60'}`)), signal)
        await until(() => existsSync(join(world.workDir(key), 'printed')))
        await (end === 'wait' ? slow.wait(key, signal) : slow.stop(key, 0, signal))
        expect(world.stdout(key)).toBe('')
        proxy.faults.holdLogs = false
        await slow.drainLogs(key, signal)
        expect(world.stdout(key)).toBe(Array.from({ length: 12_000 }, (_, index) => `${index + 1}\n`).join(''))
      } finally {
        await world.kill()
        await proxy.close()
      }
    },
  )

  describe('without an engine', () => {
    const nowhere = { host: 'unix:///nonexistent/docker.sock', unavailableMs: 100 }

    it('answers at once about attempts that it never had', async () => {
      executor = world.open({ engine: nowhere })
      expect(await executor.list(signal)).toEqual([])
      expect(await executor.stop(key, 0, signal)).toBeNull()
      expect(await codeOf(executor.wait(key, signal))).toBe('TASK_LOST')
      await executor.remove(key, signal)
    })

    it('says ENGINE_UNAVAILABLE of the others, when its patience has ended, and lists them', async () => {
      await launch(sh('exit 3'))
      executor = world.open({ engine: nowhere })
      expect(await codeOf(executor.wait(key, signal))).toBe('ENGINE_UNAVAILABLE')
      expect(await codeOf(executor.remove(key, signal))).toBe('ENGINE_UNAVAILABLE')
      expect(await codeOf(executor.stop(key, 0, AbortSignal.timeout(300)))).toBe('CANCELLED')
      expect(await codeOf(launch(sh('true'), { taskId: 'new', attempt: 1 }))).toBe('ENGINE_UNAVAILABLE')
      expect(await executor.list(signal)).toHaveLength(2)
    })
  })
})
