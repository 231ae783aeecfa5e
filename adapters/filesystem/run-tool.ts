import { spawn } from 'node:child_process'
import { errnoOf } from './disk-error.ts'

/** Enough for the reason; the rest of a long list of complaints is read and dropped. */
const stderrUnitsMax = 2_000

/** Runs a tool of the host to its end, in the C locale. `code` is null when there is no such tool. Ended, and rejected with the signal's reason, on abort. */
export const runTool = async (
  command: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly stderr: string }> => {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      signal,
      killSignal: 'SIGKILL',
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < stderrUnitsMax) stderr = (stderr + text).slice(0, stderrUnitsMax)
    })
    child.on('error', (cause) => {
      if (signal.aborted) reject(signal.reason as Error)
      else if (errnoOf(cause) === 'ENOENT') resolve({ code: null, stderr: `there is no ${command} here` })
      else reject(cause)
    })
    child.on('close', (code, killedBy) => {
      if (signal.aborted) reject(signal.reason as Error)
      else resolve({ code: code ?? -1, stderr: stderr.trim() || (killedBy ? `${command} was ended by ${killedBy}` : '') })
    })
  })
}
