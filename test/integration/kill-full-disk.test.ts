import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, rmdirSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requireService } from '../require-service.ts'
import { hasBegun } from '../support/lives.ts'
import { createRunnerHome, until, type RunnerHome } from '../support/runner-home.ts'
import type { Answer } from '../support/runner-process.ts'
import { hasBubblewrap, isRoot } from './native-harness.ts'
import { processesWith } from '../support/processes.ts'

const canMount = requireService("a tmpfs of one's own", isRoot, 'run as root')

let disk: string
let home: RunnerHome
beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), 'er-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m,mode=711', 'tmpfs', disk])
  chmodSync(disk, 0o711)
  home = createRunnerHome({}, disk)
})
afterEach(async () => {
  rmSync(join(disk, 'filler'), { force: true })
  await home.close()
  execFileSync('umount', [disk])
  rmdirSync(disk)
})

const submission = (id: string, script: string) => ({
  id,
  payload: { execution: { command: ['sh', '-c', script, 'sh', id, home.token], mounts: [home.countMount] } },
})
const gated = `printf s >>/count/$1; echo one; until [ -e /count/$1.go ]; do sleep 0.05; done; echo two; exit 5`
const result = async (id: string) => (await home.ask('GET', `/api/v1/tasks/${id}?wait=true`)).json()

/** Takes every byte that is left. */
const fill = (): void => {
  const file = openSync(join(disk, 'filler'), 'w')
  try {
    for (const block of [Buffer.alloc(65_536, 1), Buffer.alloc(1, 1)])
      try {
        for (;;) writeSync(file, block)
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause
      }
  } finally {
    closeSync(file)
  }
}

describe.runIf(canMount && hasBubblewrap)('a real runner whose disk fills up while three tasks run', () => {
  const running = ['a', 'b', 'c']
  beforeEach(async () => {
    for (const id of running) expect((await home.ask('POST', '/api/v1/tasks', submission(id, gated))).status).toBe(201)
    for (const id of running) await hasBegun(home, id)
    const started = async (id: string): Promise<boolean> => (await home.ask('GET', `/api/v1/tasks/${id}`)).json()['started_at'] !== null
    await until(() => 'not all are on record as started', async () => (await Promise.all(running.map(started))).every(Boolean)) // prettier-ignore
    fill()
  })
  const letGo = (id: string): void => writeFileSync(join(home.countMount.host_path, `${id}.go`), '')
  const endAsTheyShould = async (): Promise<void> => {
    for (const id of running) {
      expect(await result(id)).toMatchObject({
        status: 'failed',
        exit_code: 5,
        attempts: 1,
        error_code: 'EXIT_NONZERO',
        logs: { stdout_tail: 'one\ntwo\n' },
      })
      expect(home.starts(id)).toBe(1)
    }
  }

  it('refuses new ones, lets those run to their end, and goes on by itself when there is room', async () => {
    // One that was on its way when the disk filled up waits for its commit; those after it are refused at once.
    const held: Promise<Answer>[] = []
    let refusal: Answer | null = null
    await until(
      () => 'no task was refused',
      async () => {
        const answer = home.ask('POST', '/api/v1/tasks', submission(`new-${held.length}`, 'exit 0'))
        const now = await Promise.race([answer, delay(300, null)])
        if (now === null || now.status === 201) held.push(answer)
        else refusal = now
        return refusal !== null
      },
    )
    expect([refusal!.status, refusal!.json()]).toMatchObject([503, { code: 'JOURNAL_UNAVAILABLE', hint: expect.stringContaining('space') }])
    letGo('a')
    await until(() => 'a still runs', () => !runs('a')) // prettier-ignore
    expect((await home.ask('GET', '/api/v1/tasks/a')).json()).toMatchObject({ status: 'running' }) // what is not on record is not told

    rmSync(join(disk, 'filler'))
    for (const id of ['b', 'c']) letGo(id)
    await endAsTheyShould()
    for (const [index, answer] of held.entries()) {
      expect((await answer).status).toBe(201)
      expect(await result(`new-${index}`)).toMatchObject({ status: 'completed', attempts: 1 })
    }
    await home.settled()
    expect(home.deaths()).toBe(0)
  })

  it('does not start on it after kill -9, and takes them up when there is room', async () => {
    letGo('a') // ends while nothing can be recorded
    await home.kill()
    letGo('b') // ends while nobody is there
    await expect(home.start().ready).rejects.toMatchObject({ code: expect.stringMatching(/^(JOURNAL_UNAVAILABLE|DATA_DIR_UNUSABLE)$/) })
    rmSync(join(disk, 'filler'))
    await home.runner()
    letGo('c')
    await endAsTheyShould()
    await home.settled()
  })
})

/** Whether a process of the task's command is there. */
const runs = (id: string): boolean => processesWith(`\0${id}\0${home.token}`).length > 0
