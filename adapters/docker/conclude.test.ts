import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ContainerInspectInfo } from 'dockerode'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { blankMark, openAttemptMarks, type AttemptMarks } from './attempt-mark.ts'
import { openConclusions } from './conclude.ts'
import type { Engine } from './engine.ts'
import type { LogCopies } from './log-copies.ts'
import type { Watch } from './watch.ts'

const endedAt = Date.parse('2026-01-01T00:00:00.000Z')
const failed = {
  Id: 'c1',
  State: {
    Status: 'exited',
    ExitCode: 3,
    Error: '',
    OOMKilled: false,
    StartedAt: '2025-12-31T23:59:59.000Z',
    FinishedAt: '2026-01-01T00:00:00.000Z',
  },
} as ContainerInspectInfo
const watch = { toldOfOom: () => false } as unknown as Watch
const logs = { settle: () => Promise.resolve() } as unknown as LogCopies
const { signal } = new AbortController()

let directory: string
let marks: AttemptMarks
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'env-runner-conclude-'))
  marks = openAttemptMarks(directory)
  marks.create('a.1', { ...blankMark, container: 'c1' })
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Concludes with an engine without live-restore, of which these absences are known. */
const concludeAfter = (...outages: { from: number; to: number }[]) => {
  const engine = {
    outages: () => outages,
    listens: () => Promise.resolve(true),
    insist: () => Promise.resolve({ LiveRestoreEnabled: false, Created: '' }),
  } as unknown as Engine
  return openConclusions({ engine, marks, watch, logs })('a.1', failed, signal)
}
const rightAfter = { from: endedAt + 20, to: endedAt + 2_000 }

it('keeps an exit code that it told, when the engine goes away right after it', async () => {
  expect(await concludeAfter()).toMatchObject({ code: 3 })
  expect(await concludeAfter(rightAfter)).toMatchObject({ code: 3 })
})
it('keeps to it that an attempt is lost, when the absence of the engine is forgotten', async () => {
  await expect(concludeAfter(rightAfter)).rejects.toMatchObject({ code: 'TASK_LOST' })
  await expect(concludeAfter()).rejects.toMatchObject({ code: 'TASK_LOST' })
})
