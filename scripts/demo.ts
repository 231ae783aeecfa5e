// npm run demo: a runner with embedded defaults in a temporary directory, and real tasks on it. Needs nothing but this clone.
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { probeNative } from '../adapters/native/probe.ts'
import { createRunner, formatFailure, type RunningRunner, type Submission, type TaskResult } from '../src/index.ts'
import { bold, dim, green, red, say, watch, yellow } from './demo/show.ts'

const script = (text: string, more: Partial<Submission['payload']['execution']> = {}): Submission => ({
  payload: { execution: { command: ['/bin/sh', '-c', text], timeout_seconds: 30, ...more } },
})

const training = `
echo "loading the data"
for step in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.2
  echo "step $step: loss 0.$((1000 - step * 83))"
  echo "::env-runner::{\\"type\\":\\"progress\\",\\"percent\\":$((step * 10)),\\"step\\":\\"train\\",\\"message\\":\\"step $step of 10\\"}"
done
echo "a model of ten steps" > model.txt
echo '__DSPY_RESULT__:{"loss":0.17,"steps":10}'
`

interface Scene {
  readonly title: string
  readonly submission: Submission
  /** Cancel it once it runs. */
  readonly cancel?: string
}

const scenes: readonly Scene[] = [
  {
    title: 'A task that reports progress and leaves a result and a file',
    submission: {
      payload: { ...script(training).payload, artifacts: { inputs: [], outputs: [{ name: 'model', path: 'model.txt', type: 'text' }] } },
    },
  },
  { title: 'A task that fails', submission: script('echo "reading the input"; cat /no/such/file') },
  { title: 'A task that somebody cancels', submission: script('echo "working for an hour"; sleep 3600'), cancel: 'it takes too long' },
]

const mark = { completed: green('✓'), failed: red('✗'), cancelled: yellow('■') } as const

/** What a user is told about an outcome. */
const tell = ({ status, failure, latencyMs, collected }: TaskResult): string[] => [
  `  ${mark[status]} ${bold(status)} after ${(latencyMs / 1000).toFixed(1)} s`,
  ...(failure === null ? [] : [`    ${formatFailure(failure)}`]),
  ...(status === 'failed' && collected?.summary.stderrTail ? [`    the end of its stderr: ${collected.summary.stderrTail.trimEnd()}`] : []),
  ...(collected?.summary.runnerOutput == null ? [] : [`    result: ${JSON.stringify(collected.summary.runnerOutput)}`]),
  ...(collected?.outputs ?? []).map(
    ({ name, path, sizeBytes, checksum }) => `    output ${name}: ${path} (${String(sizeBytes)} bytes, ${checksum.slice(0, 19)}…)`,
  ),
]

const play = async (runner: RunningRunner, { title, submission, cancel }: Scene): Promise<TaskResult> => {
  say(`\n${bold(title)}`)
  const task = await runner.submit(submission)
  say(dim(`  task ${task.id}`))
  let cancelled: Promise<unknown> = Promise.resolve()
  let isWanted = true
  await watch(task, () => {
    if (cancel === undefined || !isWanted) return
    isWanted = false
    say(`  ${dim(`cancel │ ${cancel}`)}`)
    cancelled = task.cancel(cancel)
  })
  await cancelled
  const result = await task.result()
  for (const line of tell(result)) say(line)
  return result
}

const dataDir = mkdtempSync(join(tmpdir(), 'env-runner-demo-'))
chmodSync(dataDir, 0o711) // the tasks of a runner that is root have users of their own, who must be able to pass through
const findings = probeNative({ dataDir, installation: 'demo', sandbox: 'bubblewrap' })
const refused = findings.find(({ name, status }) => name === 'bubblewrap' && status === 'failed')
if (refused)
  say(yellow(`Without a sandbox (native.sandbox: none): ${refused.message}.${refused.hint === undefined ? '' : `\n${refused.hint}.`}`))

const runner = await createRunner({
  config: { data_dir: dataDir, logs: { dir: join(dataDir, 'logs') }, native: { sandbox: refused ? 'none' : 'bubblewrap' } },
})

/** Tasks outlive their runner: whoever leaves the demo early, by Ctrl-C or by closing its output, takes them along. */
let leaving: Promise<never> | null = null
const leave = (): void => void (leaving ??= runner.close('cancel').finally(() => process.exit(130)) as Promise<never>)
process.on('SIGINT', leave)
process.on('SIGTERM', leave)
process.stdout.on('error', leave)

say(`A runner in ${dataDir}, ${runner.sandbox === 'none' ? 'no sandbox' : 'tasks sandboxed by bubblewrap'}`)
const results: TaskResult[] = []
try {
  for (const scene of scenes) results.push(await play(runner, scene))
  const [first] = results
  say(`\n${bold('What is left')}`)
  say(`  journal  ${join(dataDir, 'journal.sqlite')}`)
  if (first) say(`  logs     ${runner.logPaths(first.id, first.attempts).stdout}`)
  say('  look at it with:')
  const here = relative(process.cwd(), dataDir).startsWith('..') ? dataDir : relative(process.cwd(), dataDir)
  say(`    npm run -s env-runner -- list --data-dir ${here}`)
  if (first) say(`    npm run -s env-runner -- replay --data-dir ${here} ${first.id}`)
} finally {
  await runner.close('cancel')
}

const outcomes = results.map(({ status }) => status).join(', ')
if (outcomes !== 'completed, failed, cancelled') {
  say(red(`\nexpected completed, failed, cancelled; saw ${outcomes}`))
  process.exitCode = 1
}
