import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRunnerHome, until, type RunnerHome } from '../support/runner-home.ts'
import { hasBegun } from '../support/lives.ts'
import { hasBubblewrap } from './native-harness.ts'

const MiB = 2 ** 20
const capBytes = MiB

describe.runIf(hasBubblewrap)('a real runner whose task', () => {
  let home: RunnerHome
  beforeEach(() => { home = createRunnerHome({ logs: { max_bytes: capBytes } }) }) // prettier-ignore
  afterEach(() => home.close())

  const submit = async (id: string, script: string, outputs: readonly object[] = []) => {
    const execution = { command: ['sh', '-c', script, 'sh', id, home.token], mounts: [home.countMount] }
    expect((await home.ask('POST', '/api/v1/tasks', { id, payload: { execution, artifacts: { outputs } } })).status).toBe(201)
  }
  const result = async (id: string) =>
    (await home.ask('GET', `/api/v1/tasks/${id}?wait=true`)).json() as {
      status: string
      exit_code: number
      runner_output: unknown
      result: { metrics: object; outputs: { checksum: string }[] }
      logs: { stdout_path: string; stdout_bytes: number; stdout_tail: string }
    }

  it('prints a line of 100 MB keeps its memory, its disk and the result line after it', async () => {
    const own = await home.runner()
    const before = own.rssBytes()
    await submit('long', `head -c 100000000 /dev/zero | tr '\\0' x; printf '\\n__DSPY_RESULT__:{"n":1}\\n'`)
    const { status, runner_output, logs } = await result('long')
    expect({ status, runner_output, bytes: logs.stdout_bytes }).toEqual({
      status: 'completed',
      runner_output: { n: 1 },
      bytes: 100_000_025,
    })
    expect(logs.stdout_tail).toHaveLength(8_192)
    expect(peakBytes(own.pid) - before).toBeLessThan(100 * MiB) // the line alone would be as much
    expect(statSync(logs.stdout_path).blocks * 512).toBeLessThanOrEqual(capBytes + 8_192)
  })

  it('prints bytes of every kind gives them back as they were', async () => {
    await submit('binary', 'head -c 300000 /dev/urandom | tee copy.bin', [{ name: 'copy', path: 'copy.bin', type: 'binary' }])
    const { status, result: found } = await result('binary')
    const { body } = await home.ask('GET', '/api/v1/tasks/binary/logs?stream=stdout')
    expect(status).toBe('completed')
    expect(`sha256:${createHash('sha256').update(body).digest('hex')}`).toBe(found.outputs[0]!.checksum)
  })

  it('has printed more than its cap tells readers of the gap, and keeps what was reported in it, after kill -9 too', async () => {
    const block = (letter: string): string => `head -c 3000000 /dev/zero | tr '\\0' ${letter}; echo`
    await submit(
      'capped',
      `head -c 600000 /dev/zero | tr '\\0' a; echo; echo '::env-runner::{"type":"metric","name":"early","value":7}'; ${block('b')}
       printf s >>/count/$1; until [ -e /count/go ]; do sleep 0.05; done
       ${block('c')}; echo '__DSPY_RESULT__:{"end":true}'; exit 3`,
    )
    await hasBegun(home, 'capped')
    const hole = join(home.dataDir, 'logs/tasks/capped/1.stdout.hole')
    await until(() => 'nothing was given back', () => existsSync(hole)) // prettier-ignore
    await home.kill()
    const { from, to } = JSON.parse(readFileSync(hole, 'utf8')) as { from: number; to: number }
    writeFileSync(join(home.countMount.host_path, 'go'), '')

    const inside = await home.ask('GET', `/api/v1/tasks/capped/logs?stream=stdout&offset=${from + 1}`)
    expect([inside.status, inside.json()]).toMatchObject([416, { code: 'OUT_OF_RANGE', hint: expect.stringMatching(/\d+/) }])
    const { exit_code, runner_output, result: found, logs } = await result('capped')
    expect({ exit_code, runner_output, metrics: found.metrics }).toEqual({
      exit_code: 3,
      runner_output: { end: true },
      metrics: { early: 7 },
    })
    expect(to).toBeLessThan(logs.stdout_bytes)

    const text = (await home.ask('GET', '/api/v1/tasks/capped/logs?stream=stdout')).body.toString()
    const [, head, given, tail] = /^(a+)\n\[env-runner: (\d+) bytes of this log were given back\]\n([^]*)$/.exec(text) ?? []
    expect(head!.length + Number(given) + tail!.length).toBe(logs.stdout_bytes)
    expect(head!.length + tail!.length).toBe(capBytes)
    expect(tail).toMatch(/^c+\n__DSPY_RESULT__:\{"end":true\}\n$/)
    expect(home.starts('capped')).toBe(1)
    await home.settled()
  })
})

/** The most resident memory that a process has had. */
const peakBytes = (pid: number): number => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1_024
