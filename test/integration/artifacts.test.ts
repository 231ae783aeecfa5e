import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { probeNative } from '../../adapters/native/probe.ts'
import type { TaskResult } from '../../src/domain/result.ts'
import type { Submission } from '../../src/domain/task-spec.ts'
import { createRunner, type RunningRunner } from '../../src/index.ts'
import { requireService } from '../require-service.ts'
import { tarOf, zipOf } from '../support/archives.ts'

type Artifacts = Submission['payload']['artifacts']

const root = mkdtempSync(join(realpathSync(tmpdir()), 'env-runner-artifacts-'))
chmodSync(root, 0o711) // tasks pass through as their own user
const [dataDir, shared] = [join(root, 'data'), join(root, 'shared')]
mkdirSync(shared)
const findings = probeNative({ dataDir: root, installation: 'probe', sandbox: 'bubblewrap' })
const hasSandbox = requireService('bubblewrap', findings.every(({ status }) => status !== 'failed'), 'apt-get install bubblewrap') // prettier-ignore

let runner: RunningRunner
beforeAll(async () => {
  if (!hasSandbox) return
  runner = await createRunner({ config: { data_dir: dataDir, logs: { dir: join(dataDir, 'logs') }, policy: { allowed_paths: [shared] } } })
})
afterAll(async () => {
  if (hasSandbox) await runner.close('cancel')
  rmSync(root, { recursive: true, force: true })
})

const put = (name: string, content: string | Buffer): string => {
  writeFileSync(join(shared, name), content)
  return join(shared, name)
}
const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')
const run = async (script: string, artifacts: Artifacts): Promise<TaskResult> => {
  const task = await runner.submit({ payload: { execution: { command: ['sh', '-c', script] }, artifacts } })
  return task.result()
}

describe.runIf(hasSandbox)('inputs of a task', () => {
  it('are kept once for twenty tasks that ask for them at the same time, and are each task’s own', async () => {
    const content = Buffer.alloc(1 << 20, 'model ')
    const path = put('model.bin', content)
    const inputs = [{ name: 'model', path, target: 'in/model.bin', checksum: `sha256:${sha256(content)}` }]
    const script =
      'sha256sum < in/model.bin && echo "$ENV_RUNNER_TASK_ID" >> in/model.bin && tail -c 200 in/model.bin | grep -c "$ENV_RUNNER_TASK_ID"'
    const results = await Promise.all(Array.from({ length: 20 }, () => run(script, { inputs })))
    expect(results.map(({ status, failure }) => failure ?? status)).toEqual(results.map(() => 'completed'))
    for (const { collected } of results) expect(collected?.summary.stdoutTail).toBe(`${sha256(content)}  -\n1\n`)
    const cached = readdirSync(join(dataDir, 'cache', 'sha256'), { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/'))
    expect(cached).toEqual([join(sha256(content).slice(0, 2), sha256(content))])
    expect(sha256(readFileSync(join(dataDir, 'cache', 'sha256', cached[0]!)))).toBe(sha256(content))
  })
  it('are the new content when the file was replaced', async () => {
    const path = put('config.json', 'first')
    for (const text of ['first', 'secon']) {
      put('config.json', text)
      const { collected } = await run('cat config.json', { inputs: [{ name: 'c', path, target: 'config.json' }] })
      expect(collected?.summary.stdoutTail).toBe(text)
    }
  })
  it('are unpacked where the task wants them', async () => {
    const members = [{ path: 'bin/hello', content: '#!/bin/sh\necho hello\n' }]
    const inputs = [
      { name: 'tgz', path: put('a.tar.gz', gzipSync(tarOf({ ...members[0]!, mode: 0o755 }))), target: 'a', unpack: true },
      { name: 'zip', path: put('b.zip', zipOf({ ...members[0]!, unixMode: 0o100755 })), target: 'b', unpack: true },
    ]
    const { collected, status } = await run('a/bin/hello && b/bin/hello && touch a/bin/more', { inputs })
    expect([status, collected?.summary.stdoutTail]).toEqual(['completed', 'hello\nhello\n'])
  })

  const refused: readonly (readonly [what: string, content: Buffer, more: object, code: string])[] = [
    ['one whose checksum is not right', Buffer.from('x'), { checksum: `sha256:${sha256('y')}` }, 'INPUT_MISMATCH'],
    ['an archive of a link', tarOf({ path: 'a', type: '2', linkTo: '/etc/shadow' }), { unpack: true }, 'ARCHIVE_REFUSED'],
    ['an archive of a hard link', tarOf({ path: 'a', type: '1', linkTo: '/etc/shadow' }), { unpack: true }, 'ARCHIVE_REFUSED'],
    ['an archive of a device', tarOf({ path: 'a', type: '3' }), { unpack: true }, 'ARCHIVE_REFUSED'],
    ['an archive that leads outside', tarOf({ path: '../../a', content: 'x' }), { unpack: true }, 'ARCHIVE_REFUSED'],
    ['an archive that is a bomb', gzipSync(tarOf({ path: 'a', content: Buffer.alloc(80 << 20) })), { unpack: true }, 'ARCHIVE_REFUSED'],
    ['an archive that is damaged', gzipSync(tarOf({ path: 'a', content: 'x' })).subarray(0, 40), { unpack: true }, 'ARCHIVE_REFUSED'],
  ]
  for (const [what, content, more, code] of refused)
    it(`refuse ${what}, at once and for good`, async () => {
      const { status, failure, attempts } = await run('echo ran', {
        inputs: [{ name: 'i', path: put('bad', content), target: 'i', ...more }],
      })
      expect([status, failure?.code, failure?.path, attempts]).toEqual([
        'failed',
        code,
        expect.stringMatching(/^artifacts\.inputs\.i\./),
        1,
      ])
      await expect.poll(() => readdirSync(join(dataDir, 'work')), { timeout: 30_000 }).toEqual([]) // it is removed after the result is told
    })
})

describe.runIf(hasSandbox)('outputs of a task', () => {
  it('are every file that a pattern matches, with type, size and checksum', async () => {
    const script = 'mkdir -p out/deep && printf 1 > out/a.json && printf 22 > out/deep/b.csv && printf x > out/.hidden'
    const { status, collected } = await run(script, { outputs: [{ name: 'all', path: 'out/**' }] })
    expect(status).toBe('completed')
    expect(collected?.outputs.map(({ name, type, sizeBytes, checksum }) => [name, type, sizeBytes, checksum])).toEqual([
      ['all/a.json', 'json', 1, `sha256:${sha256('1')}`],
      ['all/deep/b.csv', 'csv', 2, `sha256:${sha256('22')}`],
    ])
    expect(collected?.outputs.map(({ path }) => readFileSync(fileURLToPath(path), 'utf8'))).toEqual(['1', '22'])
  })
  it('go below their destination', async () => {
    const destination = join(shared, 'results')
    const { collected } = await run('printf 1 > a.json; printf 2 > b.json', { outputs: [{ name: 'all', path: '*.json', destination }] })
    expect(collected?.outputs.map(({ path }) => path)).toEqual([`file://${destination}/a.json`, `file://${destination}/b.json`])
    expect(readFileSync(join(destination, 'b.json'), 'utf8')).toBe('2')
  })

  const refused: readonly (readonly [what: string, script: string, path: string, code: string])[] = [
    ['a link to /etc/shadow', 'ln -s /etc/shadow out', 'out', 'OUTPUT_REFUSED'],
    ['a link to /etc/shadow that a pattern matches', 'mkdir o; ln -s /etc/shadow o/x', 'o/*', 'OUTPUT_REFUSED'],
    ['a FIFO', 'mkfifo out', 'out', 'OUTPUT_REFUSED'],
    ['a FIFO that a pattern matches', 'mkdir o; mkfifo o/x', '**', 'OUTPUT_REFUSED'],
    ['a directory that is a link out', 'ln -s /etc o', 'o/*', 'OUTPUT_REFUSED'],
    ['a pattern that matches nothing', 'true', '*.json', 'OUTPUT_MISSING'],
  ]
  for (const [what, script, path, code] of refused)
    it(`refuse ${what}`, async () => {
      const { status, failure } = await run(script, { outputs: [{ name: 'o', path }] })
      expect([status, failure?.code]).toEqual(['failed', code])
    })
})
