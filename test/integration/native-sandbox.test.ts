import { createServer } from 'node:net'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AttemptKey } from '../../src/domain/exit.ts'
import type { NativePlan } from '../../src/domain/plan.ts'
import type { Executor } from '../../src/ports/executor.ts'
import { createWorld, hasBubblewrap, isRoot, plan, taskUid, type NativeWorld } from './native-harness.ts'
import { processesWith, uniqueSeconds } from '../support/processes.ts'

const key: AttemptKey = { taskId: 'sandboxed', attempt: 1 }

describe.runIf(hasBubblewrap)('a task in bubblewrap', () => {
  let world: NativeWorld
  let executor: Executor
  const { signal } = new AbortController()
  beforeEach(() => {
    world = createWorld()
    executor = world.open()
  })
  afterEach(() => world.close())

  /** What the command printed, and how it ended. */
  const run = async (argv: readonly string[], over: Partial<NativePlan> = {}) => {
    await executor.launch(world.request(key, plan(argv, over)), signal)
    const exit = await executor.wait(key, signal)
    return { exit, stdout: world.stdout(key).toString(), stderr: world.stderr(key) }
  }
  const sh = (script: string, over: Partial<NativePlan> = {}) => run(['sh', '-c', script], over)

  it('reaches no listener of the host', async () => {
    const server = createServer((socket) => socket.end('reached'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const connect = ['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3`]
    const apart = await run(connect)
    await executor.remove(key, signal)
    const shared = await run(connect, { network: 'host' })
    server.close()
    expect(apart.exit.code).not.toBe(0)
    expect(apart.stdout).toBe('')
    expect(shared.stdout).toBe('reached')
  })

  it('has only the loopback interface', async () => {
    const { stdout } = await sh("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")
    expect(stdout).toBe('lo\n')
  })

  it('sees no file of the host but /usr and what belongs to it', async () => {
    const { stdout } = await sh('ls -A / /etc; cat /etc/shadow /etc/hostname; ls /root /home /var /sys 2>/dev/null')
    expect(stdout).not.toMatch(/shadow|root|home|hostname|boot/)
  })

  it('writes nowhere but in its work directory and private directories', async () => {
    const { stdout } = await sh(
      'for d in / /etc /usr /usr/bin /dev /proc /proc/sys/kernel /work /tmp /dev/shm; do touch $d/x 2>/dev/null && echo $d; done',
    )
    expect(stdout).toBe('/work\n/tmp\n/dev/shm\n')
    expect(existsSync(join(world.workDir(key), 'x'))).toBe(true)
  })

  it('cannot write to the settings of the kernel', async () => {
    const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8')
    const { exit } = await sh('echo "|/bin/evil" > /proc/sys/kernel/core_pattern')
    expect(exit.code).not.toBe(0)
    expect(readFileSync('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before)
  })

  it('runs as the user of its tenant, without groups and capabilities, and can gain none', async () => {
    const { stdout } = await sh(
      'id -u; id -G; grep -hE "^(Cap|NoNewPrivs)" /proc/self/status; unshare -Ur true 2>/dev/null && echo namespace',
    )
    const [uid, groups, ...status] = stdout.trim().split('\n')
    expect(Number(uid)).toBe(taskUid)
    expect(taskUid).not.toBe(0)
    if (isRoot) expect(groups).toBe(String(taskUid))
    expect(status).toEqual([
      ...['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => `${name}:\t0000000000000000`),
      'NoNewPrivs:\t1',
    ])
  })

  it('has an environment built from nothing, and its own variables act on nothing before it', async () => {
    process.env['ENV_RUNNER_TEST_LEAK'] = 'leak'
    const env = { A: 'b \'c\' $d\n"e"', LD_PRELOAD: '/work/evil.so', BASH_ENV: '/work/evil.sh', ENV: '/work/evil.sh', HOME: '/work/home' }
    const { stdout, stderr } = await run(['/usr/bin/env', '-0'], { env })
    delete process.env['ENV_RUNNER_TEST_LEAK']
    const variables = Object.fromEntries(stdout.split('\0').filter(Boolean).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])) // prettier-ignore
    expect(variables).toEqual({
      PATH: '/usr/local/bin:/usr/bin:/bin',
      TMPDIR: '/tmp',
      LANG: 'C.UTF-8',
      ENV_RUNNER_EVENTS: '/work/.env-runner-events',
      PWD: '/work',
      ...env,
    })
    // The one word about the missing library comes from `env` itself: neither the shell nor bubblewrap tried to load it.
    expect(stderr.split('\n').filter((line) => line.includes('evil'))).toHaveLength(1)
  })

  it('has its environment on no command line of the host', async () => {
    const seconds = uniqueSeconds()
    await executor.launch(world.request(key, plan(['sleep', seconds], { env: { TOKEN: 'wispered-secret' } })), signal)
    while (processesWith(seconds).length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(processesWith('wispered-secret')).toEqual([])
    await executor.stop(key, 0, signal)
  })

  it('sees none of the other processes, and has three open files', async () => {
    const { stdout } = await run(['bash', '-c', 'echo /proc/[0-9]*; exec ls /proc/self/fd'])
    const [processes, ...files] = stdout.trim().split('\n')
    expect(processes).toBe('/proc/1 /proc/2')
    // ls has the directory itself open; numbers that the runner's own parent left open lead to /dev/null.
    expect(files.slice(0, 4)).toEqual(['0', '1', '2', expect.any(String)])
  })

  it.runIf(isRoot)('cannot name its log files: what opens /dev/stdout again is refused', async () => {
    const { exit, stderr } = await sh('echo lost > /dev/stdout')
    expect(exit.code).not.toBe(0)
    expect(stderr).toContain('/dev/stdout: Permission denied')
  })

  it('keeps every byte of the output', async () => {
    const bytes = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 167) % 256))
    const request = world.request(key, plan(['cat', 'bytes']))
    writeFileSync(join(world.workDir(key), 'bytes'), bytes, { mode: 0o644 })
    await executor.launch(request, signal)
    await executor.wait(key, signal)
    expect(world.stdout(key).equals(bytes)).toBe(true)
  })

  it('sees what was mounted, writable only where it was said', async () => {
    const host = mkdtempSync(join(tmpdir(), 'env-runner-mount-'))
    for (const name of ['read', 'write']) mkdirSync(join(host, name), { mode: 0o777 })
    for (const name of ['', 'read', 'write']) chmodSync(join(host, name), 0o777)
    writeFileSync(join(host, 'read', 'data'), 'given')
    const mounts = [
      { hostPath: join(host, 'read'), mountPath: '/data/in', readOnly: true },
      { hostPath: join(host, 'write'), mountPath: '/work/out', readOnly: false },
    ]
    const { stdout } = await sh('cat /data/in/data; touch /data/in/x 2>/dev/null && echo wrong; echo kept > /work/out/y', { mounts })
    expect(stdout).toBe('given')
    expect(readFileSync(join(host, 'write', 'y'), 'utf8')).toBe('kept\n')
    rmSync(host, { recursive: true })
  })

  it('finds nothing behind links that lead out of its work directory', async () => {
    const request = world.request(key, plan(['cat', 'out']))
    symlinkSync('/etc/hostname', join(world.workDir(key), 'out'))
    await executor.launch(request, signal)
    expect(await executor.wait(key, signal)).toMatchObject({ code: 1 })
  })

  it('starts in the directory that was asked for', async () => {
    const request = world.request(key, plan(['pwd'], { workingDir: 'a/b' }))
    mkdirSync(join(world.workDir(key), 'a/b'), { recursive: true })
    chmodSync(join(world.workDir(key), 'a'), 0o755)
    await executor.launch(request, signal)
    await executor.wait(key, signal)
    expect(world.stdout(key).toString()).toBe('/work/a/b\n')
  })

  it.each([
    ['a command that is no program', ['/usr'], {}, 'COMMAND_NOT_FOUND'],
    ['a working directory that is not there', ['true'], { workingDir: 'nowhere' }, 'COMMAND_NOT_FOUND'],
    [
      'a mount that is not there',
      ['true'],
      { mounts: [{ hostPath: '/nowhere', mountPath: '/data', readOnly: true }] },
      'SANDBOX_UNAVAILABLE',
    ],
  ])('says so for %s', async (_, argv, over, code) => {
    await expect(run(argv, over)).rejects.toMatchObject({ code })
  })

  it('is not launched into a work directory that is not there', async () => {
    const request = { ...world.request(key, plan(['true'])), workDir: join(world.dataDir, 'nowhere') }
    await expect(executor.launch(request, signal)).rejects.toMatchObject({ code: 'WORK_DIR_UNUSABLE' })
    expect(await executor.list(signal)).toEqual([])
  })

  it('is refused, each time it is asked about, where bubblewrap is not installed', async () => {
    executor = world.open({ bubblewrap: '/nowhere/bwrap' })
    await expect(run(['true'])).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' })
    await expect(executor.wait(key, signal)).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' })
  })
})
