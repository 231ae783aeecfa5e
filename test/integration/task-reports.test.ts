import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { probeNative } from '../../adapters/native/probe.ts'
import { createRunner, type RunningRunner } from '../../src/index.ts'
import { requireService } from '../require-service.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'env-runner-reports-'))
chmodSync(dataDir, 0o711)
const findings = probeNative({ dataDir, installation: 'probe', sandbox: 'bubblewrap' })
const hasSandbox = requireService('bubblewrap', findings.every(({ status }) => status !== 'failed'), 'apt-get install bubblewrap') // prettier-ignore
const runners: RunningRunner[] = []

afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.close('cancel')
  rmSync(dataDir, { recursive: true, force: true })
})

const sandboxes = ['bubblewrap', 'none'] as const
it.runIf(hasSandbox).each(sandboxes)(
  'a task under %s reports through $ENV_RUNNER_EVENTS, and knows which attempt of which task it is',
  async (sandbox) => {
    const runner = await createRunner({
      config: { data_dir: join(dataDir, sandbox), logs: { dir: join(dataDir, sandbox, 'logs') }, native: { sandbox } },
    })
    runners.push(runner)
    const script = `
    echo '{"type":"progress","percent":42.5,"step":"train"}' >> "$ENV_RUNNER_EVENTS"
    echo '{"type":"metric","name":"tokens","value":512}' >> "$ENV_RUNNER_EVENTS"
    echo '{"type":"result","value":{"ok":true}}' >> "$ENV_RUNNER_EVENTS"
    echo "$ENV_RUNNER_TASK_ID $ENV_RUNNER_ATTEMPT_NUMBER"`
    const task = await runner.submit({ id: `reports-${sandbox}`, payload: { execution: { command: ['sh', '-c', script] } } })
    const { status, collected } = await task.result()
    expect(status).toBe('completed')
    expect(collected?.summary).toMatchObject({ metrics: { tokens: 512 }, stdoutTail: `reports-${sandbox} 1\n` })
    expect(collected?.summary.runnerOutput).toEqual({ ok: true })
    const told: unknown[] = []
    for await (const { progress } of task.updates()) if (progress) told.push(progress)
    expect(told).toContainEqual({ percent: 42.5, step: 'train', message: null })
  },
)
