import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasBubblewrap } from '../integration/native-harness.ts'
import { requireService } from '../require-service.ts'
import { createKillRounds } from '../support/kill-rounds.ts'

/** A version without containers and arrays, whose journal has format 1. It runs on the dependencies of this one, which has more of them and none in another major version. */
const before = '5915b6b'
const tasks = 200
const root = join(import.meta.dirname, '../..')

const hasHistory = (): boolean => {
  try {
    execFileSync('git', ['-C', root, 'cat-file', '-e', `${before}^{commit}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const isPossible = hasBubblewrap && requireService(`the commit ${before}`, hasHistory(), 'git fetch --unshallow')

describe.runIf(isPossible)(`a runner of ${before} that is killed with ${tasks} tasks running`, () => {
  let sources: string
  beforeAll(() => {
    sources = mkdtempSync(join(tmpdir(), 'er-before-'))
    execFileSync('tar', ['x', '-C', sources], { input: execFileSync('git', ['-C', root, 'archive', before], { maxBuffer: 2 ** 28 }) })
    symlinkSync(join(root, 'node_modules'), join(sources, 'node_modules'))
  })
  afterAll(() => rmSync(sources, { recursive: true }))

  it('is followed by this one: every task is found again, the same attempt, started once, no byte of it lost or doubled', async () => {
    const play = createKillRounds(tasks)
    try {
      const { kills, problems } = await play.run(Math.floor(Math.random() * 1_000_000), sources)
      expect({ kills, problems }).toEqual({ kills, problems: [] })
    } finally {
      await play.close()
    }
  })
})
