import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hasBegun } from '../support/lives.ts'
import { createRunnerHome, until, type RunnerHome } from '../support/runner-home.ts'
import { startRunnerProcess } from '../support/runner-process.ts'
import { hasBubblewrap } from './native-harness.ts'

describe.runIf(hasBubblewrap)('a real runner', () => {
  let home: RunnerHome
  beforeEach(() => { home = createRunnerHome({ retry: { attempts: 2, base_ms: 50 } }) }) // prettier-ignore
  afterEach(() => home.close())

  const gated = `printf s >>/count/$1; until [ -e /count/$1.go ]; do sleep 0.05; done; echo done`
  const submit = async (id: string, script: string, outputs: readonly object[] = []) => {
    const execution = { command: ['sh', '-c', script, 'sh', id, home.token], mounts: [home.countMount] }
    expect((await home.ask('POST', '/api/v1/tasks', { id, payload: { execution, artifacts: { outputs } } })).status).toBe(201)
  }
  const letGo = (id: string): void => writeFileSync(join(home.countMount.host_path, `${id}.go`), '')
  const result = async (id: string) => (await home.ask('GET', `/api/v1/tasks/${id}?wait=true`)).json()

  it('refuses its data directory to a second one, which changes nothing; killed, it leaves it to the next at once', async () => {
    await submit('t', gated)
    await hasBegun(home, 't')
    const second = startRunnerProcess({ config: { data_dir: home.dataDir }, cacheDir: join(home.dataDir, '../cache') })
    try {
      const { pid } = await home.runner()
      await expect(second.ready).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED', message: expect.stringContaining(String(pid)) })
    } finally {
      await second.kill()
    }
    expect(home.deaths()).toBe(0)
    expect((await home.ask('GET', '/api/v1/tasks/t')).json()).toMatchObject({ status: 'running', attempt: 1 })

    await home.kill()
    expect((await home.ask('GET', '/api/v1/tasks/t')).json()).toMatchObject({ status: 'running', attempt: 1 })
    letGo('t')
    expect(await result('t')).toMatchObject({ status: 'completed', exit_code: 0, attempts: 1 })
    expect(home.starts('t')).toBe(1)
  })

  it('tells the exit code of a task whose work directory was removed under it, and which output is missing', async () => {
    await submit('plain', gated)
    await submit('owes', gated, [{ name: 'model', path: 'model.bin', type: 'binary' }])
    for (const id of ['plain', 'owes']) {
      await hasBegun(home, id)
      rmSync(join(home.dataDir, 'work', `${id}.1`), { recursive: true })
    }
    await home.kill() // and whoever comes next finds no directory
    for (const id of ['plain', 'owes']) letGo(id)
    expect(await result('plain')).toMatchObject({ status: 'completed', exit_code: 0, attempts: 1, logs: { stdout_tail: 'done\n' } })
    expect(await result('owes')).toMatchObject({
      status: 'failed',
      exit_code: 0,
      attempts: 1,
      error_code: 'OUTPUT_MISSING',
      error: expect.stringContaining('model.bin'),
    })
    await home.settled()
  })

  it('fails a task by name when no work directory can be made, and runs the next when it can again', async () => {
    const work = join(home.dataDir, 'work')
    await home.runner()
    renameSync(work, `${work}.away`)
    writeFileSync(work, 'a file where a directory should be')
    await submit('early', 'exit 0')
    expect(await result('early')).toMatchObject({ status: 'failed', error_code: 'WORK_DIR_UNUSABLE', attempts: 2, exit_code: null })
    rmSync(work)
    renameSync(`${work}.away`, work)
    await submit('late', 'exit 0')
    expect(await result('late')).toMatchObject({ status: 'completed', attempts: 1 })
    expect(existsSync(join(work, 'early.1'))).toBe(false)
    await home.settled()
  })

  it('runs a task again whose monitor was killed while nobody was there, and never two attempts at once', async () => {
    const beat = `me=$(cat /proc/sys/kernel/random/uuid); printf s >>/count/$1; until [ -e /count/$1.go ]; do echo $me >>/count/$1.beats; sleep 0.02; done; echo done`
    await submit('t', beat)
    await hasBegun(home, 't')
    await home.kill()
    const [, monitor] = /"monitor-pid": (\d+)/.exec(readFileSync(join(home.dataDir, 'attempts/t.1'), 'utf8'))!
    process.kill(Number(monitor), 'SIGKILL')
    await until(
      () => 'it was not started again',
      async () => (await home.runner(), home.starts('t') === 2),
    )
    letGo('t')
    expect(await result('t')).toMatchObject({ status: 'completed', exit_code: 0, attempts: 2 })
    const beats = readFileSync(join(home.countMount.host_path, 't.beats'), 'utf8').trim().split('\n')
    const changes = beats.filter((name, index) => index > 0 && name !== beats[index - 1])
    expect(changes.length).toBeLessThanOrEqual(1) // all of the first attempt come before all of the second
    const { events } = (await home.ask('GET', '/api/v1/tasks/t/events')).json() as {
      events: { type: string; data: { failure?: { code: string } } }[]
    }
    expect(events.filter(({ type }) => type === 'attempt.lost')).toMatchObject([
      { data: { failure: { code: 'TASK_LOST', retryable: true } } },
    ])
    await home.settled()
  })
})
