import { describe, expect, it } from 'vitest'
import type { FedEvent } from './event-feed.ts'
import { taskAfter, wordsOf, type WatchedTask } from './watched-task.ts'
import { tableLines } from './watch-table.ts'

const event = (type: string, data: object = {}): FedEvent => ({
  type,
  timestamp: '2026-01-01T00:00:01.000Z',
  data: { task_id: 'a', attempt: 1, ...data },
})
const known = (more: Partial<WatchedTask> = {}): WatchedTask => ({
  time: '2026-01-01T00:00:00.000Z', id: 'a', status: 'running', attempt: 1, progress: null, why: null, event: null, ...more,
}) // prettier-ignore

describe('a task after an event', () => {
  it('is what the event says', () => {
    const progress = { percent: 38.5, step: 'train', message: null }
    expect(taskAfter(undefined, event('task_started'))).toMatchObject({ id: 'a', status: 'running', event: 'task_started', time: '2026-01-01T00:00:01.000Z' })
    expect(taskAfter(known(), event('task_progress', { progress }))).toMatchObject({ status: 'running', progress })
    expect(taskAfter(known(), event('task_failed', { error: 'EXIT_NONZERO:\nx' }))).toMatchObject({ status: 'failed', why: 'EXIT_NONZERO: x' })
    expect(taskAfter(known({ status: 'retrying' }), event('task_started', { attempt: 2 }))).toMatchObject({ status: 'running', attempt: 2 })
  }) // prettier-ignore
  it('stays as it is when the event is older than what is known, or about something else', () => {
    expect(taskAfter(known({ status: 'completed' }), event('task_started'))).toBeNull()
    expect(taskAfter(known({ attempt: 2 }), event('task_retrying'))).toBeNull()
    expect(taskAfter(known({ attempt: 0 }), event('task_submitted', { attempt: 0 }))).toBeNull()
    expect(taskAfter(known(), event('runner_draining', { task_id: undefined }))).toBeNull()
    expect(taskAfter(known(), event('task_transmogrified'))).toBeNull()
  })
  it('is a few words', () => {
    expect(wordsOf(known({ attempt: 2, progress: { percent: 38.5, step: 'train', message: 'epoch 3' } }))).toBe('running attempt 2 38% train epoch 3')
    expect(wordsOf(known({ status: 'failed', why: 'X: y\u001b[2J' }))).toBe('failed X: y\\x1b[2J')
  }) // prettier-ignore
})

describe('the table', () => {
  const now = Date.parse('2026-01-01T00:01:00.000Z')
  const many = (count: number, status: WatchedTask['status']) =>
    Array.from({ length: count }, (_, index) => known({ id: `${status}-${index}`, status }))
  it('shows what runs above what has ended, and how long it has been so', () => {
    const lines = tableLines([known({ id: 'done', status: 'completed' }), known({ id: 'runs' })], now, {})
    expect(lines.map((line) => line.split(/\s{2,}/))).toEqual([['ID', 'SINCE', 'STATUS'], ['runs', '1m ago', 'running'], ['done', '1m ago', 'completed']])
  }) // prettier-ignore
  it('fits the screen, and says how much does not', () => {
    for (const rows of [4, 10, 24]) {
      const lines = tableLines([...many(1_000, 'running'), ...many(10, 'failed')], now, { rows, columns: 20 })
      expect(lines.length).toBeLessThan(rows)
      expect(lines.at(-1)).toMatch(/^and \d+ more$/)
      expect(lines.every((line) => line.length <= 20)).toBe(true)
      expect(lines.join()).toContain('running-')
    }
  })
})
