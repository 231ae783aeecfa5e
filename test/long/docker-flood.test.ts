import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { busyboxImage, hasDocker } from '../support/docker-images.ts'
import { startRunnerProcess, type RunnerProcess } from '../support/runner-process.ts'

const MiB = 2 ** 20
/** The default of `logs.max_bytes`. */
const capBytes = 64 * MiB
const [lines, lineBytes] = [256 * 1_024, 8 * 1_024]
/** 2 GiB, in lines that begin with their number and are alike otherwise. */
const printing = `awk -v n=${lines} 'BEGIN {
  s = "abcdefgh"
  while (length(s) < ${lineBytes}) s = s s
  s = substr(s, 1, ${lineBytes} - 10)
  for (i = 0; i < n; i++) printf "%08d %s\\n", i, s
}'; echo the end`
const end = 'the end\n'

describe.runIf(hasDocker())('a container that prints 2 GiB as fast as it can', () => {
  const root = mkdtempSync(join(tmpdir(), 'er-flood-'))
  chmodSync(root, 0o711) // tasks pass through as their own user
  let runner: RunnerProcess
  beforeAll(async () => {
    const config = {
      data_dir: join(root, 'data'),
      logs: { dir: join(root, 'logs') },
      classes: { cpu_short: { timeout_seconds: 600 } }, // it prints for 15 s here
      native: { oversubscribe: true },
    }
    runner = startRunnerProcess({ config, cacheDir: join(root, 'cache') })
    await runner.ready
  })
  afterAll(async () => {
    await runner.kill()
    rmSync(root, { recursive: true })
  })

  it('completes, and its log has its beginning, its end and a gap that is told, in bounded memory and disk', async () => {
    const execution = { image: await busyboxImage(), command: ['sh', '-c', printing], resources: { mem_bytes: 64 * MiB } }
    const path = join(root, 'logs/tasks/flood/1.stdout')
    const before = runner.rssBytes()
    const most = { memoryBytes: 0, diskBytes: 0 }
    const sampling = setInterval(() => {
      most.memoryBytes = Math.max(most.memoryBytes, runner.rssBytes() - before)
      most.diskBytes = Math.max(most.diskBytes, (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512)
    }, 100)
    const { body } = await runner
      .request('POST', '/api/v1/tasks?wait=true', { id: 'flood', payload: { execution } })
      .finally(() => clearInterval(sampling))
    expect(JSON.parse(body.toString())).toMatchObject({ status: 'completed', exit_code: 0, error: null })
    expect(most.memoryBytes).toBeLessThan(192 * MiB) // 100 here, most of it garbage that is young
    expect(most.diskBytes).toBeLessThan(3 * capBytes) // space is given back in steps of a quarter of the cap, some way behind the copy
    const { size, blocks } = statSync(path)
    expect(blocks * 512).toBeLessThan(capBytes + MiB)

    const log = (await runner.request('GET', '/api/v1/tasks/flood/logs?stream=stdout')).body
    const note = /\n\[env-runner: (\d+) bytes of this log were given back\]\n/.exec(
      log.toString('latin1', capBytes / 2, capBytes / 2 + 100),
    )!
    expect(log.length - note[0].length + Number(note[1])).toBe(size)
    const first = numbersIn(log.subarray(0, 4_000 * lineBytes))
    expect(first).toEqual(first.map((_, index) => index))
    expect(log.toString('latin1', log.length - end.length)).toBe(end)
    const last = numbersIn(log.subarray(-4_000 * lineBytes - end.length, -end.length))
    expect(last).toEqual(last.map((_, index) => lines - last.length + index))
  })
})

/** The numbers with which the lines begin; the bytes begin with a line. */
const numbersIn = (bytes: Buffer): number[] =>
  Array.from({ length: bytes.length / lineBytes }, (_, index) => Number(bytes.toString('latin1', index * lineBytes, index * lineBytes + 8)))
