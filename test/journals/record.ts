/* Records a journal of the present format for `replay.test.ts`: real native tasks on a real runner, then a pause.
 *
 *   node test/journals/record.ts            writes test/journals/format-<version>.sqlite beside this file
 *   node test/journals/record.ts ROOT OUT   the same with the program that lies in ROOT, such as an older one out of `git archive`
 *
 * Record one when the format, or what records hold, has changed, and never record an old one anew: what is in them is what that program wrote. `-before-images` is of
 * a program whose events and states did not know images yet. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { createRunner as CreateRunnerOfToday } from '../../src/index.ts'

type CreateRunner = typeof CreateRunnerOfToday

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '../..'))
const load = async <T>(path: string): Promise<T> => (await import(pathToFileURL(join(root, path)).href)) as T
const { createRunner } = await load<{ createRunner: CreateRunner }>('src/index.ts')
const { schemaVersion } = await load<{ schemaVersion: number }>('adapters/sqlite/schema.ts')
const out = process.argv[3] ?? join(import.meta.dirname, `format-${schemaVersion}.sqlite`)

const home = mkdtempSync(join(tmpdir(), 'er-record-'))
chmodSync(home, 0o711) // tasks pass through as their own user
const config = {
  data_dir: join(home, 'data'),
  runner: { id: 'recorded' },
  native: { sandbox: 'none' as const },
  retry: { attempts: 2, base_ms: 10 },
}
const task = (id: string, script: string, more: object = {}) => ({
  id,
  ...more,
  payload: { tenant: 'acme', execution: { command: ['sh', '-c', script] } },
})

try {
  const runner = await createRunner({ config })
  const submitted = await Promise.all([
    runner.submit(task('completed', `echo '::env-runner::{"type":"progress","percent":50}'; echo done`, { workflow_id: 'wf' })),
    runner.submit(task('failed', 'echo why >&2; exit 7', { priority: 3 })),
    // Its monitor is the parent: without it nobody knows how the attempt ended.
    runner.submit(task('retried', '[ "$ENV_RUNNER_ATTEMPT_NUMBER" = 2 ] || { kill -9 $PPID; exec sleep 60; }')),
    runner.submit(task('lost', 'kill -9 $PPID; exec sleep 60')),
  ])
  const cancelled = await runner.submit(task('cancelled', 'exec sleep 60'))
  for await (const { status } of cancelled.updates()) if (status === 'running') break
  await cancelled.cancel('no longer wanted')
  if (schemaVersion >= 2) {
    const items = ['0', '1', '2']
    await runner.submitArray({
      id: 'array',
      items,
      concurrency: 2,
      payload: { tenant: 'acme', execution: { command: ['sh', '-c', 'exit {item}'] } },
    })
    submitted.push(...items.map((item) => runner.task(`array.${item}`)))
  }
  await Promise.all([...submitted, cancelled].map((each) => each.result()))
  await runner.pause()
  await runner.submit(task('pending', 'true'))
  await runner.close('detach')
  const journal = new DatabaseSync(join(home, 'data/journal.sqlite'))
  journal.exec(`VACUUM INTO '${out.replaceAll("'", "''")}'`)
  journal.close()
} finally {
  rmSync(home, { recursive: true, force: true })
}
