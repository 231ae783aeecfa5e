import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createManualClock } from '../../test/manual-clock.ts' // time passes when the test says so: what wakes a watcher otherwise is inotify
import { watchFile } from './watch-file.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'env-runner-watch-'))
  writeFileSync((path = join(directory, 'log')), '')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const start = (watchable: () => string | null = () => path) => {
  const manual = createManualClock()
  let calls = 0
  let looks = 0
  const size = (): number => (looks++, statSync(path).size)
  const end = watchFile({ size, path: watchable }, manual.clock, () => calls++)
  return { ...manual, end, calls: () => calls, looks: () => looks }
}

it('costs a short task nothing but a timer', () => {
  const { end, looks, timers } = start()
  end()
  expect([looks(), timers.size]).toEqual([0, 0])
})

it('tells of what is there already', () => {
  appendFileSync(path, 'x')
  const { end, pass, calls } = start()
  pass(50)
  expect(calls()).toBe(1)
  end()
})

it('looks while a file grows, and tells of each change once', () => {
  const { end, pass, calls } = start()
  for (let round = 1; round <= 3; round++) {
    appendFileSync(path, 'x')
    pass(50)
    expect(calls()).toBe(round)
  }
  end()
})

it('is woken by inotify once the file is quiet, again and again', async () => {
  const { end, pass, calls } = start()
  for (let round = 1; round <= 3; round++) {
    pass(50)
    pass(50) // quiet: asleep
    appendFileSync(path, 'x')
    await vi.waitUntil(() => calls() === round, { timeout: 10_000, interval: 2 })
  }
  end()
})

it('notices within two seconds what inotify does not tell: a file put in the place of another', () => {
  const { end, pass, calls } = start()
  pass(50)
  rmSync(path)
  writeFileSync(path, 'another')
  pass(2_000)
  expect(calls()).toBeGreaterThan(0)
  end()
})

it('looks at growing intervals where inotify cannot watch, twice a second at last', () => {
  const { end, pass, calls, looks } = start(() => null)
  const paused = [50, 50, 100, 200, 400, 500, 500].map((ms) => {
    pass(ms - 1)
    const before = looks()
    pass(1)
    return looks() > before
  })
  expect(paused).not.toContain(false)
  appendFileSync(path, 'x')
  pass(499)
  expect(calls()).toBe(0)
  pass(1)
  expect(calls()).toBe(1)
  end()
})

it('soon watches a file that is made after it began', async () => {
  let isThere = false
  const { end, pass, calls } = start(() => (isThere ? path : null))
  pass(50)
  isThere = true
  pass(50) // asleep now
  appendFileSync(path, 'x')
  await vi.waitUntil(() => calls() === 1, { timeout: 10_000, interval: 2 })
  end()
})

it('may be ended from within the call', () => {
  const manual = createManualClock()
  const end = watchFile({ size: () => statSync(path).size, path: () => path }, manual.clock, () => end())
  appendFileSync(path, 'x')
  manual.pass(50)
  expect(manual.timers.size).toBe(0)
})
