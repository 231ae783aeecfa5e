import type { LogPiece, Task } from '../../src/index.ts'
import { progressText } from '../../src/cli/progress-bar.ts'

const out = process.stdout
const color = (code: number, text: string): string =>
  out.isTTY && process.env['NO_COLOR'] === undefined ? `\u001b[${String(code)}m${text}\u001b[0m` : text

export const dim = (text: string): string => color(2, text)
export const bold = (text: string): string => color(1, text)
export const green = (text: string): string => color(32, text)
export const red = (text: string): string => color(31, text)
export const yellow = (text: string): string => color(33, text)

/** The bar stays at the bottom of a terminal; elsewhere each of its states is a line. */
let bar = ''
const eraseBar = (): void => {
  if (out.isTTY && bar !== '') out.write('\r\u001b[K')
}

export const say = (line = ''): void => {
  eraseBar()
  out.write(`${line}\n`)
  if (out.isTTY) out.write(bar)
}

const showBar = (text: string): void => {
  if (!out.isTTY) return say(text)
  eraseBar()
  bar = text
  out.write(text)
}

export const endBar = (): void => {
  if (out.isTTY && bar !== '') out.write('\n')
  bar = ''
}

/** Lines by which a task talks to the runner. */
const isControlLine = (line: string): boolean => line.startsWith('::env-runner::') || line.startsWith('__DSPY_RESULT__:')

/** Prints what a task writes, line by line as it comes, to its end. */
const printLogs = async (pieces: AsyncIterable<LogPiece>, printed: () => void): Promise<void> => {
  const rest = { stdout: '', stderr: '' }
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  const print = (stream: 'stdout' | 'stderr', line: string): void => {
    if (isControlLine(line)) return
    say(`  ${dim(`${stream} │`)} ${line}`)
    printed()
  }
  for await (const { stream, bytes } of pieces) {
    const lines = (rest[stream] + decoders[stream].decode(bytes, { stream: true })).split('\n')
    rest[stream] = lines.pop() ?? ''
    for (const line of lines) print(stream, line)
  }
  for (const stream of ['stdout', 'stderr'] as const) if (rest[stream] !== '') print(stream, rest[stream])
}

/** Shows a task while it runs: its states, its logs, and a bar once it reports progress. `printed` hears of each line. */
export const watch = async (task: Task, printed: () => void = () => undefined): Promise<void> => {
  const followUpdates = async (): Promise<void> => {
    let status = ''
    for await (const update of task.updates()) {
      if (update.progress !== null && update.type === 'task.progressed') showBar(`  ${progressText(update.progress)}`)
      if (update.status === status) continue
      status = update.status
      say(`  ${dim(`state  │ ${status}`)}`)
    }
  }
  await Promise.all([followUpdates(), printLogs(task.logs({ follow: true }), printed)])
  endBar()
}
