import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { blankMark, openAttemptMarks, type AttemptMarks } from './attempt-mark.ts'

let directory: string
let marks: AttemptMarks
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'env-runner-marks-')), 'containers')
  marks = openAttemptMarks(directory)
})
afterEach(() => rmSync(join(directory, '..'), { recursive: true }))

it('makes a mark once', () => {
  expect(marks.create('a.1', { ...blankMark, container: 'first' })).toBe(true)
  expect(marks.create('a.1', { ...blankMark, container: 'second' })).toBe(false)
  expect(marks.read('a.1')).toEqual({ ...blankMark, container: 'first' })
})

it('changes some facts and keeps the others, readable by its owner alone', () => {
  const logs = { stdout: '/out', stderr: '/err' }
  marks.create('a.1', { ...blankMark, logs })
  marks.update('a.1', { container: 'c' })
  marks.update('a.1', { killed: true })
  expect(marks.read('a.1')).toEqual({ ...blankMark, logs, container: 'c', killed: true })
  expect(statSync(join(directory, 'a.1')).mode & 0o777).toBe(0o600)
})

it('changes no mark that is gone', () => {
  marks.update('a.1', { killed: true })
  expect(marks.read('a.1')).toBeNull()
  expect(readdirSync(directory)).toEqual([])
})

it.each(['', '{"container":"c', '[]', '{"container":7}'])('reads %j as a mark that says nothing', (text) => {
  writeFileSync(join(directory, 'a.1'), text)
  expect(marks.read('a.1')).toEqual(blankMark)
  expect(marks.create('a.1', blankMark)).toBe(false)
})

it('loses nothing but a change that was cut off', () => {
  marks.create('a.1', blankMark)
  marks.update('a.1', { container: 'c' })
  appendFileSync(join(directory, 'a.1'), '\n{"kill')
  marks.update('a.1', { oom: true })
  expect(marks.read('a.1')).toEqual({ ...blankMark, container: 'c', oom: true })
})

it('reads a mark of a version that knew fewer facts', () => {
  writeFileSync(join(directory, 'a.1'), '{"container":"c","image":"i","logs":null,"killed":true,"oom":false,"lost":false}')
  expect(marks.read('a.1')).toEqual({ ...blankMark, container: 'c', image: 'i', killed: true })
})

it('lists attempts, and not what an earlier version left behind in the middle of a change', () => {
  marks.create('a.1', blankMark)
  writeFileSync(join(directory, '.a.1'), '{"half')
  expect(marks.list()).toEqual(['a.1'])
})

it('removes a mark, also one that is gone', () => {
  marks.create('a.1', blankMark)
  marks.remove('a.1')
  marks.remove('a.1')
  expect(marks.list()).toEqual([])
})
