import { closeSync, existsSync, fstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openMarks, parseMark, type MarkHeader, type Marks } from './mark.ts'

const header: MarkHeader = { 'boot-id': 'b', sandbox: 'bubblewrap', stderr: '/logs/err' }
const begun = `${JSON.stringify(header)}\n`
const started = '{ "child-pid": 4711, "cgroup-namespace": 40, "ipc-namespace": 41, "pid-namespace": 42, "uts-namespace": 43 }\n'

describe('the text of a mark', () => {
  it('is understood as bubblewrap and the shell write it', () => {
    expect(parseMark(`${begun}{ "monitor-pid": 4710 }\n${started}{ "exit-code": 7 }\n\n`)).toMatchObject({ legible: false })
    expect(parseMark(`${begun}{ "monitor-pid": 4710 }\n${started}{ "exit-code": 7 }\n`)).toEqual({
      header,
      monitorPid: 4710,
      childPid: 4711,
      pidNamespace: 42,
      startTicks: null,
      exitCode: 7,
      refused: null,
      legible: true,
    })
  })

  it('says nothing when it was not begun', () => {
    expect(parseMark('')).toMatchObject({ header: null, childPid: null, exitCode: null, legible: true })
  })

  it.each([
    ['half a line', `${begun}{ "child-pid": 4711`],
    ['half a header', begun.slice(0, -5)],
    ['another header', `{}\n${started}`],
    ['a line that is no object', `${begun}[1]\n`],
    ['a pid that is none', `${begun}{ "child-pid": 1 }\n`],
    ['a pid that is negative', `${begun}{ "child-pid": -1 }\n`],
    ['an exit code out of range', `${begun}{ "exit-code": 256 }\n`],
  ])('proves nothing with %s', (_, text) => {
    expect(parseMark(text)).toMatchObject({ legible: false, exitCode: null })
  })
})

describe('marks', () => {
  let directory: string
  let marks: Marks
  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'env-runner-marks-')), 'attempts')
    marks = openMarks(directory)
  })
  afterEach(() => rmSync(join(directory, '..'), { recursive: true }))

  it('are made once', () => {
    closeSync(marks.create('a.1', header)!)
    expect(marks.create('a.1', header)).toBeNull()
    expect(marks.read('a.1')).toMatchObject({ header, legible: true, childPid: null })
    expect(marks.list()).toEqual(['a.1'])
  })

  it('are appended to, whoever writes', () => {
    const fd = marks.create('a.1', header)!
    writeFileSync(marks.path('a.1'), '{ "monitor-pid": 10 }\n', { flag: 'a' })
    writeSync(fd, '{ "exit-code": 0 }\n')
    closeSync(fd)
    expect(marks.read('a.1')).toMatchObject({ monitorPid: 10, exitCode: 0, legible: true })
  })

  it('are gone after they were removed, twice too', () => {
    closeSync(marks.create('a.1', header)!)
    marks.remove('a.1')
    marks.remove('a.1')
    expect(marks.read('a.1')).toBeNull()
  })

  it('lend files that no name leads to, also where a runner was killed while it made one', () => {
    writeFileSync(join(directory, '.a.1'), '')
    const fd = marks.anonymous('a.1')
    expect(fstatSync(fd).nlink).toBe(0)
    expect(existsSync(join(directory, '.a.1'))).toBe(false)
    closeSync(fd)
    expect(readdirSync(directory)).toEqual([])
  })
})
