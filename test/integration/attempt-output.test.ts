import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createFileLogStore } from '../../adapters/filesystem/log-store.ts'
import { createSystemClock } from '../../adapters/system/clock.ts'
import { openAttemptOutput } from '../../src/streams/attempt-output.ts'
import { readLog } from '../../src/streams/follow-log.ts'

const key = { taskId: 'run:1', attempt: 1 }
const { signal } = new AbortController()
const options = { bytesMax: 1 << 20, tailBytes: 200, lineBytesMax: 1 << 16, discardStepBytes: 1 << 18 }
const lines = 400_000
const program = `
const write = (text) => { for (let bytes = Buffer.from(text); bytes.length; ) bytes = bytes.subarray(require('fs').writeSync(1, bytes)) }
let text = '::env-runner::{"type":"metric","name":"early","value":1}\\n'
for (let i = 0; i < ${lines}; i++) {
  text += String(i).padStart(59, '.') + '\\n'
  if (i === ${lines / 2}) text += '__DSPY_RESULT__:{"at":"the middle"}\\n'
  if (text.length > 8192) { write(text); text = '' }
}
write(text + 'the end\\n')`

const systemClock = createSystemClock()
let root: string
const open = () => createFileLogStore({ logsDir: join(root, 'logs'), eventsPath: () => join(root, 'events'), clock: systemClock })
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'env-runner-output-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

it('reads a real process while it prints 24 MB into a log of 1 MiB: nothing of interest is lost, no byte is doubled, also across restarts', async () => {
  const paths = await open().create(key)
  const stdout = openSync(paths.stdout, 'a')
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', stdout, 'ignore'] })
  closeSync(stdout)
  const exited = once(child, 'exit')

  const reader = (async () => {
    let [next, skipped, read, wrong] = [0, 0, 0, 0]
    for await (const { offset, bytes, gap } of readLog(open(), key, 'stdout', { offset: 0, ended: exited })) {
      if (offset !== next + gap || bytes.includes(0)) wrong++ // a zero would be a hole that was taken for bytes
      next = offset + bytes.length
      skipped += gap
      read += bytes.length
    }
    return { next, total: skipped + read, wrong }
  })()

  for (const _restart of [1, 2]) {
    const output = openAttemptOutput({ logs: open(), clock: systemClock }, key, options)
    const size = statSync(paths.stdout).size
    output.follow()
    while (child.exitCode === null && statSync(paths.stdout).size < size + (8 << 20)) await new Promise((resolve) => setImmediate(resolve))
    output.close()
  }
  expect(await exited).toEqual([0, null])
  const summary = await openAttemptOutput({ logs: open(), clock: systemClock }, key, options).drain(signal)

  const { size, blocks } = statSync(paths.stdout)
  expect(summary).toMatchObject({ stdoutBytes: size, metrics: { early: 1 }, runnerOutput: { at: 'the middle' } })
  expect(summary.stdoutTail).toMatch(/399999\nthe end\n$/)
  expect(blocks * 512).toBeLessThanOrEqual((1 << 20) + 3 * 4_096)
  expect(await open().hole(key, 'stdout')).toEqual({ from: 1 << 19, to: size - (1 << 19) })
  expect(await reader).toEqual({ next: size, total: size, wrong: 0 })
})
