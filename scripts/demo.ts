/** `npm run demo`: a runner with embedded defaults in a directory of its own, and three real tasks: one reports progress and a result, one fails, one is
 * cancelled. Shows their output as it comes, then what they left. Under a minute; nothing of it runs afterwards. */
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { probeNative } from '../adapters/native/probe.ts'
import { createRunner, formatFailure, type Task, type TaskResult } from '../src/index.ts'

const isTerminal = process.stdout.isTTY === true
const paint = (code: number, text: string): string => (isTerminal ? `\x1b[${code}m${text}\x1b[0m` : text)
const [bold, dim, red, green, yellow] = [1, 2, 31, 32, 33].map((code) => (text: string) => paint(code, text))
/** On a terminal the progress bar stays below what is printed; elsewhere each change is a line. */
let barLine = ''
const say = (text = ''): void => void process.stdout.write(barLine === '' ? `${text}\n` : `\r\x1b[K${text}\n${barLine}`)
const showBar = (text: string): void => {
  if (!isTerminal) return say(text)
  if (barLine !== '' || text !== '') process.stdout.write(`\r\x1b[K${text}`)
  barLine = text
}

const progressScript = `
for percent in 0 20 40 60 80 100; do
  echo "::env-runner::{\\"type\\":\\"progress\\",\\"percent\\":$percent,\\"step\\":\\"counting\\"}"
  echo "step at $percent %, as user $(id -u) in $PWD"
  sleep 0.9
done
echo '__DSPY_RESULT__:{"answer":42}'
echo "a file" > report.txt
`
const failingScript = 'echo "reading /data/missing.csv"; echo "cannot open /data/missing.csv" >&2; exit 3'
const endlessScript = 'while true; do echo "still here"; sleep 0.5; done'

const dataDir = mkdtempSync(join(tmpdir(), 'env-runner-demo-'))
chmodSync(dataDir, 0o711)
const failed = probeNative({ dataDir, installation: 'demo', sandbox: 'bubblewrap' }).find(({ name, status }) => name === 'bubblewrap' && status === 'failed')
const sandbox = failed ? 'none' : 'bubblewrap'
say(bold!('env-runner: three real tasks'))
if (failed) {
  say(yellow!(`No sandbox: ${failed.message}.`))
  say(yellow!(`The tasks run with native.sandbox: none, that is without isolation. ${failed.hint ?? ''}`))
}

const runner = await createRunner({ config: { data_dir: dataDir, logs: { dir: join(dataDir, 'logs') }, native: { sandbox }, timeouts: { grace_seconds: 1 } } })
/** Tasks outlive their runner: whoever leaves the demo early takes them along. */
const leave = (): void => void runner.close('cancel').finally(() => process.exit(130))
process.once('SIGINT', leave)
process.stdout.once('error', leave)

const submit = (id: string, script: string, outputs: { name: string; path: string }[] = []): Promise<Task> =>
  runner.submit({ id, class: 'cpu_short', payload: { tenant: 'demo', execution: { command: ['sh', '-c', script], timeout_seconds: 30 }, artifacts: { outputs } } })

const bar = (percent: number): string => {
  const full = Math.round(percent / 4)
  return `[${'█'.repeat(full)}${'·'.repeat(25 - full)}] ${String(Math.round(percent)).padStart(3)} %`
}

/** The lines of a task as they come. Control lines are the bar's affair. */
const showLines = async (task: Task, onLine: () => void = () => {}): Promise<void> => {
  const rests = { stdout: '', stderr: '' }
  for await (const { stream, bytes } of task.logs({ follow: true })) {
    const lines = (rests[stream] + Buffer.from(bytes).toString()).split('\n')
    rests[stream] = lines.pop()!
    for (const line of lines.filter((text) => !/^(::env-runner::|__DSPY_RESULT__:)/.test(text))) {
      say(`  ${dim!(task.id.padEnd(8))} ${stream === 'stderr' ? red!(line) : line}`)
      onLine()
    }
  }
}

const showProgress = async (task: Task): Promise<void> => {
  for await (const { progress } of task.updates())
    if (progress?.percent != null) showBar(`  ${dim!(task.id.padEnd(8))} ${green!(bar(progress.percent))} ${progress.step ?? ''}`)
  if (isTerminal) process.stdout.write('\n')
  barLine = ''
}

say(`\n${bold!('1. counter')} reports progress and a result`)
const counter = await submit('counter', progressScript, [{ name: 'report', path: 'report.txt' }])
await Promise.all([showLines(counter), showProgress(counter)])

say(`\n${bold!('2. reader')} fails`)
const reader = await submit('reader', failingScript)
await showLines(reader)

say(`\n${bold!('3. endless')} is cancelled after its second line`)
const endless = await submit('endless', endlessScript)
let lines = 0
await showLines(endless, () => {
  if (++lines === 2) void endless.cancel('the demo has seen enough')
})

say(`\n${bold!('What became of them')}`)
const colour = { completed: green!, failed: red!, cancelled: yellow! }
const show = async (task: Task): Promise<void> => {
  const result: TaskResult = await task.result()
  const { status, failure, latencyMs, collected } = result
  say(`  ${task.id.padEnd(8)} ${colour[status](status.padEnd(9))} ${(latencyMs / 1_000).toFixed(1)} s  ${failure ? formatFailure(failure) : JSON.stringify(collected?.summary.runnerOutput)}`)
  const stderr = collected?.summary.stderrTail.trimEnd()
  if (status === 'failed' && stderr) say(`  ${' '.repeat(18)} stderr: ${stderr}`)
  for (const { name, path, sizeBytes, checksum } of collected?.outputs ?? []) say(`  ${' '.repeat(18)} output ${name}: ${path} (${sizeBytes} bytes, ${checksum.slice(0, 19)}…)`)
}
for (const task of [counter, reader, endless]) await show(task)
await runner.close()

say(`\n${bold!('Where to look')}
  journal   ${join(dataDir, 'journal.sqlite')}
  logs      ${join(dataDir, 'logs', 'tasks')}
  timeline  npm run --silent env-runner -- replay counter --data-dir ${dataDir}
  why       npm run --silent env-runner -- explain reader --data-dir ${dataDir}`)
