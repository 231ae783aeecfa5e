import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requireService } from '../require-service.ts'
import { createCli, type Cli } from '../support/cli.ts'
import { fencedBlocks } from '../support/fenced-blocks.ts'

const available = requireService('curl', spawnSync('curl', ['--version']).status === 0, 'apt-get install curl')

describe.runIf(available)('curl', () => {
  let cli: Cli
  let http: string
  beforeEach(async () => {
    cli = createCli()
    http = (await cli.serve()).ready.http
  })
  afterEach(() => cli.end())

  /** A line of a shell, until it has ended or has printed what is waited for. */
  const shell = (line: string, until?: RegExp): Promise<{ code: number | null; stdout: string }> =>
    new Promise((resolve, reject) => {
      const child = spawn('sh', ['-c', `exec ${line}`], { cwd: cli.directory, stdio: ['ignore', 'pipe', 'ignore'] }) // parallel calls have a progress meter that nothing turns off
      let stdout = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text
        if (until?.test(stdout)) child.kill('SIGTERM')
      })
      child.on('error', reject).on('close', (code) => resolve({ code, stdout }))
    })

  it('does what docs/http.md shows', async () => {
    const [submit, follow, ...more] = fencedBlocks('docs/http.md', 'sh').map((block) =>
      block.replaceAll('localhost:8083', new URL(http).host.replace('127.0.0.1', 'localhost')),
    )
    const submitted = await shell(submit!)
    expect([submitted.code, JSON.parse(submitted.stdout)]).toMatchObject([
      0,
      { id: 'hello', status: 'completed', logs: { stdout_tail: 'hello\n' } },
    ])
    const followed = await shell(follow!, /^event: task_completed\ndata: .*\n\n/m)
    expect(followed.stdout).toMatch(/^event: task_completed\ndata: \{"type":"task_completed".*"task_id":"hello"/m)
    expect(more).toEqual([])
  })
  it('gets fifty tasks executed at once, each by its own call', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `c${index}`)
    const calls = ids.map((id) => {
      const body = JSON.stringify({ id, payload: { execution: { command: ['echo', id] } } })
      writeFileSync(join(cli.directory, `${id}.json`), body)
      return [`url = "${http}/tasks/execute"`, 'header = "content-type: application/json"', `data = "@${id}.json"`, `output = "${id}.out"`, 'write-out = "%{http_code}\\n"'].join('\n') // prettier-ignore
    })
    writeFileSync(join(cli.directory, 'calls'), calls.join('\nnext\n'))
    const { code, stdout } = await shell('curl --silent --parallel --parallel-max 50 --config calls')
    expect([code, stdout]).toEqual([0, '200\n'.repeat(50)])
    const answers = await shell('cat *.out')
    const lines = [...answers.stdout.matchAll(/"stdout_tail":"(c\d+)\\n","stderr_tail":""\},"error_code":null/g)].map(([, id]) => id!)
    expect(new Set(lines)).toEqual(new Set(ids))
  })
  it('reads a log to its end while it is written, and any part of it again', async () => {
    const body = { id: 'counts', payload: { execution: { command: ['sh', '-c', 'for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done'] } } }
    const submitted = await shell(`curl -s -w '%{http_code}' -o /dev/null ${http}/api/v1/tasks --json '${JSON.stringify(body)}'`)
    expect(submitted.stdout).toBe('201')
    const logs = `${http}/api/v1/tasks/counts/logs?stream=stdout`
    expect((await shell(`curl -sN '${logs}&follow=1'`)).stdout).toBe('line 1\nline 2\nline 3\nline 4\nline 5\n')
    expect((await shell(`curl -s -r 7-13 '${logs}'`)).stdout).toBe('line 2\n')
    expect((await shell(`curl -s -r -7 -w '%{http_code}' '${logs}'`)).stdout).toBe('line 5\n206')
    expect((await shell(`curl -s -r 35- -w '%{http_code}' -o /dev/null '${logs}'`)).stdout).toBe('416')
  })
})
