import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openJournalReader } from '../../adapters/sqlite/journal.ts'
import { taskStream } from '../../src/ports/journal.ts'
import { busyboxImage, docker, hasDocker } from '../support/docker-images.ts'
import { createRunnerHome, until, type RunnerHome } from '../support/runner-home.ts'

const tasks = Array.from({ length: 20 }, (_, index) => ({ id: `t${index}`, exitCode: [0, 3, 7, 42][index % 4]! }))

/** Counts its starts, then prints lines until the gate opens. */
const script = `printf s >>/count/$1
i=0
while [ ! -e /count/gate ]; do i=$((i+1)); echo "$1 line $i"; sleep 0.05; done
echo "$1 last $i"; echo "$1 error $i" >&2; exit $2`

const installationOf = (home: RunnerHome): string => readFileSync(join(home.dataDir, 'installation'), 'utf8').trim()

/** Ids of the containers of a home, sorted. */
const containersOf = async (home: RunnerHome, ...filters: string[]): Promise<string[]> => {
  const label = `label=env-runner.installation=${installationOf(home)}`
  const found = await docker(['ps', '--all', '--no-trunc', '--quiet', ...[label, ...filters].flatMap((filter) => ['--filter', filter])])
  return found.split('\n').filter(Boolean).toSorted()
}

const logOf = (home: RunnerHome, id: string, stream: string): string => {
  const path = join(home.dataDir, 'logs/tasks', id, `1.${stream}`)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
const linesOf = (home: RunnerHome, id: string): number => logOf(home, id, 'stdout').split('\n').length - 1

const submitAll = async (home: RunnerHome): Promise<void> => {
  const image = await busyboxImage()
  for (const { id, exitCode } of tasks) {
    const execution = {
      image,
      command: ['sh', '-c', script, 'sh', id, String(exitCode)],
      mounts: [home.countMount],
      resources: { cpu_millicores: 100, mem_bytes: 32 * 2 ** 20 },
    }
    const { status, body } = await home.ask('POST', '/api/v1/tasks', { id, payload: { execution } })
    if (status >= 300) throw new Error(`${id} was not accepted: ${body.toString()}`)
  }
}

/** Rows and records of every task, as the journal has them. */
const recorded = (home: RunnerHome) => {
  const reader = openJournalReader(join(home.dataDir, 'journal.sqlite'))
  try {
    return tasks.map(({ id }) => ({ row: reader.findTask(id)!, records: reader.readStream(taskStream(id), 0, 10_000) }))
  } finally {
    reader.close()
  }
}

describe.runIf(hasDocker())('a runner that is killed with 20 containers running', () => {
  let home: RunnerHome
  afterEach(async () => {
    const left = existsSync(join(home.dataDir, 'installation')) ? await containersOf(home) : []
    if (left.length > 0) await docker(['rm', '--force', '--volumes', ...left])
    await home.close()
  })

  const allHave = (lines: (id: string) => number): Promise<void> =>
    until(
      () => `lines: ${tasks.map(({ id }) => linesOf(home, id)).join(', ')}`,
      async () => (await home.runner(), tasks.every(({ id }) => linesOf(home, id) >= lines(id))),
    )

  it('finds all of them again: same containers, same attempt, output without a gap, nothing left', { timeout: 240_000 }, async () => {
    home = createRunnerHome({ classes: { cpu_short: { concurrency: tasks.length, timeout_seconds: 600 } }, retry: { attempts: 3 } })
    await submitAll(home)
    await allHave(() => 3)
    const before = await containersOf(home)
    expect(before).toHaveLength(tasks.length)

    await home.kill()
    const written = new Map(tasks.map(({ id }) => [id, linesOf(home, id)]))
    expect(await containersOf(home, 'status=running')).toEqual(before) // nobody's life hangs on the runner's
    await allHave((id) => written.get(id)! + 5)
    expect(await containersOf(home, 'status=running')).toEqual(before)
    for (const { row } of recorded(home)) expect([row.id, row.status, row.attempt]).toEqual([row.id, 'running', 1])

    await home.kill() // and they end while nobody watches
    writeFileSync(join(home.countMount.host_path, 'gate'), '')
    await until(
      () => 'containers run on',
      async () => (await containersOf(home, 'status=running')).length === 0,
    )
    await until(
      () => `tasks are ${recorded(home).map(({ row }) => row.status).join(', ')}`, // prettier-ignore
      async () => (await home.runner(), recorded(home).every(({ row }) => row.result !== null)),
    )
    for (const [index, { row, records }] of recorded(home).entries()) {
      const { id, exitCode } = tasks[index]!
      expect({ id, code: row.result?.exit?.code, error: row.result?.failure?.code ?? null, attempt: row.attempt }).toEqual({
        id,
        code: exitCode,
        error: exitCode === 0 ? null : 'EXIT_NONZERO',
        attempt: 1,
      })
      expect([home.starts(id), records.filter(({ type }) => type === 'attempt.launched').length]).toEqual([1, 1])
      const count = linesOf(home, id) - 1
      const lines = Array.from({ length: count }, (_, line) => `${id} line ${line + 1}\n`).join('')
      expect(logOf(home, id, 'stdout')).toBe(`${lines}${id} last ${count}\n`)
      expect(logOf(home, id, 'stderr')).toBe(`${id} error ${count}\n`)
    }
    await until(
      () => 'containers are left',
      async () => (await home.runner(), (await containersOf(home)).length === 0),
    )
    await home.settled()
  })
})
