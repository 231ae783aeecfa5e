import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { docker, dockerAnswers } from './docker-images.ts'
import { processesWith } from './processes.ts'

/** Longest wait for the engine to answer after its start, or to be gone after it was told to stop, in milliseconds. */
const patienceMs = 40_000

/** A Docker engine of a test's own, beside the host's: it may be stopped and killed. Has no networks but `none` and `host`. */
export interface OwnEngine {
  /** Where it listens, `unix:///…`. The same after every start. */
  readonly host: string
  /** Resolves when it answers. Where it runs already: nothing. */
  start(): Promise<void>
  /** As `systemctl stop docker` does: containers are ended, unless they are to live on. Resolves when it is gone. Idempotent. */
  stop(): Promise<void>
  /** SIGKILL to the engine; it takes its containerd along, containers run on. Resolves when both are gone. Idempotent. */
  kill(): Promise<void>
  /** It neither answers nor refuses from here on, until `resume`. */
  pause(): void
  resume(): void
  /** Runs the `docker` command on it. @returns its stdout */
  docker(...args: string[]): Promise<string>
  /** Ends it with all its containers and removes everything that it made. */
  close(): Promise<void>
}

/** @param liveRestore containers outlive the engine, as `live-restore` of daemon.json has it */
export const createOwnEngine = ({ liveRestore = false } = {}): OwnEngine => {
  const root = mkdtempSync(join(tmpdir(), 'er-engine-')) // short: the path of a socket has at most 107 bytes
  const host = `unix://${join(root, 'sock')}`
  const log = join(root, 'log')
  const flags = [
    ...['--host', host, '--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '--pidfile', join(root, 'pid')],
    // It needs no networks of its own, and leaves the host's packet filter alone.
    ...['--bridge', 'none', '--iptables=false', '--ip-masq=false', ...(liveRestore ? ['--live-restore'] : [])],
  ]
  let daemon: ChildProcess | null = null

  const lastWords = (): string => readFileSync(log, 'utf8').slice(-4_000)

  const start = async (): Promise<void> => {
    if (daemon) return
    const fd = openSync(log, 'a')
    // In a network namespace of its own: without a bridge it would take away the host's docker0, which another engine has.
    const child = spawn('unshare', ['--net', 'dockerd', ...flags], { detached: true, stdio: ['ignore', fd, fd] })
    closeSync(fd)
    daemon = child
    child.once('error', () => (daemon = null))
    child.once('exit', () => (daemon = null))
    await until(
      () => daemon !== child || dockerAnswers(host),
      () => `dockerd does not answer: ${lastWords()}`,
    )
    if (daemon !== child) throw new Error(`dockerd could not be started: ${lastWords()}`)
  }

  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (!daemon) return
    const gone = once(daemon, 'exit')
    daemon.kill(signal)
    daemon.kill('SIGCONT') // one that is paused hears no other
    const ended = await Promise.race([gone.then(() => true), delay(patienceMs, false, { ref: false })])
    if (!ended) throw new Error(`dockerd is still there ${patienceMs} ms after ${signal}: ${lastWords()}`)
    const containerd = join(root, 'exec/containerd/containerd.toml')
    await until(
      () => processesWith(containerd).length === 0,
      () => 'containerd is still there',
    )
    // Where nobody reaps orphans at once, the next dockerd would take the dead containerd for a living one, and wait for its answer.
    rmSync(join(root, 'exec/containerd/containerd.pid'), { force: true })
  }

  return {
    host,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => void daemon?.kill('SIGSTOP'),
    resume: () => void daemon?.kill('SIGCONT'),
    docker: (...args) => docker(args, host),
    async close() {
      daemon?.kill('SIGCONT')
      await start()
      const containers = (await docker(['ps', '--all', '--quiet'], host)).split('\n').filter(Boolean)
      if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers], host)
      await end('SIGTERM')
      for (const pid of processesWith(root)) signalProcess(pid) // shims of containers that the engine has forgotten
      for (const mount of mountsBelow(root)) execFileSync('umount', ['--lazy', mount])
      rmSync(root, { recursive: true })
    },
  }
}

const until = async (holds: () => boolean, what: () => string): Promise<void> => {
  for (const end = Date.now() + patienceMs; !holds();) {
    if (Date.now() > end) throw new Error(`after ${patienceMs} ms: ${what()}`)
    await delay(50)
  }
}

const signalProcess = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone
  }
}

/** Innermost first. */
const mountsBelow = (directory: string): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .filter((path) => path.startsWith(`${directory}/`))
    .toReversed()
