import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RunnerError } from '../../src/domain/errors.ts'
import type { AttemptKey } from '../../src/domain/exit.ts'
import type { Executor, LaunchRequest } from '../../src/ports/executor.ts'

/** What a command of this suite does, in terms that a simulated executor can act out too. Without `runMs` it ends at once. */
export interface Script {
  readonly print?: string
  /** Default 0. */
  readonly exitCode?: number
  /** Ends itself by this signal. */
  readonly signal?: 'SIGKILL' | 'SIGTERM'
  readonly runMs?: number
  /** TERM has no effect. */
  readonly ignoreTerm?: boolean
  readonly missingCommand?: boolean
  /** Leaves a child behind, in a session of its own, that would run for minutes. */
  readonly background?: boolean
  /** Uses more memory than its limit of 64 MiB. */
  readonly exceedsMemory?: boolean
}

/** One world with an executor in it. */
export interface ExecutorHarness {
  /** Of the current incarnation of the runner. */
  readonly executor: Executor
  /** Drops the executor without a word to it and makes a new one over the same world. */
  crash(): Promise<void>
  /** An executor of another installation, in the same world. */
  stranger(): Promise<Executor>
  /** Work directory and logs are made; the plan's command acts the script out. */
  request(key: AttemptKey, script: Script): Promise<LaunchRequest>
  /** Resolves when the command is up and has set itself up for TERM. */
  begun(key: AttemptKey): Promise<void>
  /** How often the command was started. */
  starts(key: AttemptKey): Promise<number>
  stdout(key: AttemptKey): Promise<string>
  /** Whether a child that the script left in the background runs. */
  backgroundRuns(key: AttemptKey): Promise<boolean>
  /** Lets time pass until the promise has settled; where time is real, nothing but the promise. */
  during<T>(promise: Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface ExecutorAbilities {
  readonly background: boolean
  readonly memoryLimit: boolean
}

const first: AttemptKey = { taskId: 'one', attempt: 1 }
const second: AttemptKey = { taskId: 'one', attempt: 2 }
/** Longer than any test: what runs so long ends by `stop` or `remove` alone. */
const forEver = { runMs: 120_000 }

/** What every executor promises; called by the test file of each adapter, the simulated one too. */
export const conformsToExecutor = (name: string, create: () => Promise<ExecutorHarness>, abilities: ExecutorAbilities): void => {
  describe(name, () => {
    let harness: ExecutorHarness
    const { signal } = new AbortController()
    beforeEach(async () => { harness = await create() }) // prettier-ignore
    afterEach(() => harness.close())

    const launch = async (key: AttemptKey, script: Script) => {
      const request = await harness.request(key, script)
      return harness.during(harness.executor.launch(request, signal))
    }
    const wait = (key: AttemptKey) => harness.during(harness.executor.wait(key, signal))
    const stop = (key: AttemptKey, graceMs = 5_000) => harness.during(harness.executor.stop(key, graceMs, signal))
    const drainLogs = (key: AttemptKey) => harness.during(harness.executor.drainLogs(key, signal))
    const remove = (key: AttemptKey) => harness.during(harness.executor.remove(key, signal))
    const list = () => harness.during(harness.executor.list(signal))
    const codeOf = (promise: Promise<unknown>) =>
      promise.then(
        () => 'resolved',
        (cause: unknown) => (cause instanceof RunnerError ? cause.code : cause),
      )

    describe('launch and wait', () => {
      it.each([0, 1, 7, 125, 127, 255])('tells exit code %i', async (exitCode) => {
        expect(await launch(first, { exitCode })).toEqual({ attached: false })
        expect(await wait(first)).toMatchObject({ code: exitCode, signal: null, oomKilled: false })
      })

      it('tells the signal that ended the command', async () => {
        await launch(first, { signal: 'SIGKILL' })
        expect(await wait(first)).toMatchObject({ signal: 'SIGKILL', oomKilled: false })
      })

      it('keeps what the command printed', async () => {
        await launch(first, { print: 'hello', runMs: 10 })
        await wait(first)
        await drainLogs(first)
        expect(await harness.stdout(first)).toBe('hello')
      })

      it('has no logs to wait for of an attempt that is unknown, runs, or was removed', async () => {
        await drainLogs(first)
        await launch(first, forEver)
        await harness.begun(first)
        await drainLogs(first)
        await remove(first)
        await drainLogs(first)
      })

      it('answers the same each time until remove, and TASK_LOST after', async () => {
        await launch(first, { exitCode: 3 })
        const exit = await wait(first)
        expect(await wait(first)).toEqual(exit)
        await remove(first)
        expect(await codeOf(wait(first))).toBe('TASK_LOST')
      })

      it('starts an attempt once, however often it is launched', async () => {
        await launch(first, { runMs: 300, exitCode: 4 })
        expect(await launch(first, { exitCode: 9 })).toEqual({ attached: true })
        expect(await wait(first)).toMatchObject({ code: 4 })
        expect(await launch(first, { exitCode: 9 })).toEqual({ attached: true })
        expect(await wait(first)).toMatchObject({ code: 4 })
        expect(await harness.starts(first)).toBe(1)
      })

      it('says COMMAND_NOT_FOUND for a command that is not there, each time', async () => {
        await launch(first, { missingCommand: true })
        expect(await codeOf(wait(first))).toBe('COMMAND_NOT_FOUND')
        expect(await codeOf(wait(first))).toBe('COMMAND_NOT_FOUND')
      })

      it('says TASK_LOST for an attempt that was never launched', async () => {
        expect(await codeOf(wait(first))).toBe('TASK_LOST')
      })

      it('keeps two attempts of one task apart', async () => {
        await launch(first, { exitCode: 1 })
        await launch(second, { exitCode: 2, runMs: 50 })
        expect(await wait(first)).toMatchObject({ code: 1 })
        await remove(first)
        expect(await wait(second)).toMatchObject({ code: 2 })
        expect(await list()).toEqual([second])
      })

      it('launches nothing when its signal has aborted', async () => {
        const request = await harness.request(first, {})
        expect(await codeOf(harness.during(harness.executor.launch(request, AbortSignal.abort())))).not.toBe('resolved')
        expect(await list()).toEqual([])
      })

      it('gives the wait up soon when its signal aborts, and leaves the attempt running', async () => {
        await launch(first, forEver)
        await harness.begun(first)
        const giveUp = new AbortController()
        const waiting = codeOf(harness.executor.wait(first, giveUp.signal))
        giveUp.abort()
        expect(await harness.during(waiting)).not.toBe('resolved')
        expect(await launch(first, {})).toEqual({ attached: true })
        expect(await stop(first)).toMatchObject({ signal: 'SIGTERM' })
      })

      it.runIf(abilities.background)('has ended every child in the background before wait resolves', async () => {
        await launch(first, { background: true, exitCode: 3 })
        expect(await wait(first)).toMatchObject({ code: 3 })
        expect(await harness.backgroundRuns(first)).toBe(false)
      })

      it.runIf(abilities.memoryLimit)('says when the memory limit ended a process', async () => {
        await launch(first, { exceedsMemory: true })
        expect(await wait(first)).toMatchObject({ oomKilled: true })
      })
    })

    describe('after the runner crashed', () => {
      it('attaches to an attempt that runs, and tells its exit', async () => {
        await launch(first, { runMs: 400, exitCode: 7 })
        await harness.begun(first)
        await harness.crash()
        expect(await launch(first, {})).toEqual({ attached: true })
        expect(await wait(first)).toMatchObject({ code: 7, signal: null })
        expect(await harness.starts(first)).toBe(1)
      })

      it('tells the exit of an attempt that ended meanwhile', async () => {
        await launch(first, { exitCode: 7 })
        const exit = await wait(first)
        await harness.crash()
        expect(await launch(first, {})).toEqual({ attached: true })
        expect(await wait(first)).toEqual(exit)
        expect(await harness.starts(first)).toBe(1)
      })

      it('remembers that a command was missing', async () => {
        await launch(first, { missingCommand: true })
        await codeOf(wait(first))
        await harness.crash()
        expect(await launch(first, {})).toEqual({ attached: true })
        expect(await codeOf(wait(first))).toBe('COMMAND_NOT_FOUND')
      })

      it('lists, stops and removes what an earlier runner left', async () => {
        await launch(first, forEver)
        await harness.begun(first)
        await harness.crash()
        expect(await list()).toEqual([first])
        expect(await stop(first)).toMatchObject({ signal: 'SIGTERM' })
        await remove(first)
        expect(await list()).toEqual([])
      })
    })

    describe('stop', () => {
      it('lets a command end by TERM', async () => {
        await launch(first, forEver)
        await harness.begun(first)
        expect(await stop(first)).toMatchObject({ signal: 'SIGTERM' })
        expect(await wait(first)).toMatchObject({ signal: 'SIGTERM' })
      })

      it('kills a command that ignores TERM when the grace is over', async () => {
        await launch(first, { ...forEver, ignoreTerm: true })
        await harness.begun(first)
        expect(await stop(first, 100)).toMatchObject({ signal: 'SIGKILL', oomKilled: false })
      })

      it('answers null for an attempt that left no mark', async () => {
        expect(await stop(first)).toBeNull()
      })

      it('answers null for a command that never ran', async () => {
        await launch(first, { missingCommand: true })
        await codeOf(wait(first))
        expect(await stop(first)).toBeNull()
      })

      it('answers the exit of an attempt that has ended, each time', async () => {
        await launch(first, { exitCode: 5 })
        await wait(first)
        expect(await stop(first)).toMatchObject({ code: 5, signal: null })
        expect(await stop(first)).toMatchObject({ code: 5, signal: null })
      })

      it('leaves nothing that runs or could still start, right after the launch', async () => {
        await launch(first, { ...forEver, background: true })
        await stop(first, 0)
        const starts = await harness.starts(first)
        expect(starts).toBeLessThanOrEqual(1)
        expect(await harness.backgroundRuns(first)).toBe(false)
        await remove(first)
        expect(await harness.starts(first)).toBe(starts)
      })

      it('rejects soon when its signal aborts', async () => {
        await launch(first, { ...forEver, ignoreTerm: true })
        await harness.begun(first)
        const giveUp = new AbortController()
        const stopping = codeOf(harness.executor.stop(first, 60_000, giveUp.signal))
        giveUp.abort()
        expect(await harness.during(stopping)).not.toBe('resolved')
      })

      it('touches no other attempt', async () => {
        await launch(first, forEver)
        await launch(second, { runMs: 300, exitCode: 6 })
        await harness.begun(first)
        await harness.begun(second)
        await stop(first)
        expect(await wait(second)).toMatchObject({ code: 6 })
      })
    })

    describe('remove and list', () => {
      it('ends what still runs', async () => {
        await launch(first, { ...forEver, ignoreTerm: true })
        await harness.begun(first)
        await remove(first)
        expect(await list()).toEqual([])
        expect(await stop(first)).toBeNull()
      })

      it('is idempotent, also for an attempt that never was', async () => {
        await remove(second)
        await launch(first, {})
        await wait(first)
        await remove(first)
        await remove(first)
        expect(await list()).toEqual([])
      })

      it('lets the name be used again', async () => {
        await launch(first, { exitCode: 1 })
        await wait(first)
        await remove(first)
        expect(await launch(first, { exitCode: 2 })).toEqual({ attached: false })
        expect(await wait(first)).toMatchObject({ code: 2 })
      })

      it('lists every attempt that has left a trace, running or ended', async () => {
        const other: AttemptKey = { taskId: 'a:b.c-d', attempt: 12 }
        await launch(first, { ...forEver })
        await launch(other, {})
        await wait(other)
        expect(await list()).toEqual(expect.arrayContaining([first, other]))
        expect(await list()).toHaveLength(2)
      })

      it('neither lists nor touches what belongs to another installation', async () => {
        const stranger = await harness.stranger()
        await launch(first, { runMs: 300, exitCode: 8 })
        await harness.begun(first)
        expect(await harness.during(stranger.list(signal))).toEqual([])
        expect(await harness.during(stranger.stop(first, 0, signal))).toBeNull()
        await harness.during(stranger.remove(first, signal))
        expect(await wait(first)).toMatchObject({ code: 8 })
      })
    })
  })
}
