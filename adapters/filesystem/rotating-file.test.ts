import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createManualClock } from '../../test/manual-clock.ts'
import { createRotatingFile, type RotatingFileOptions } from './rotating-file.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'env-runner-rotating-'))
  path = join(directory, 'x.log')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const start = (options: Partial<RotatingFileOptions> = {}) => {
  const { clock, pass } = createManualClock()
  const [lost, troubles]: [number[], string[]] = [[], []]
  const file = createRotatingFile({
    path,
    bytesMax: 1_000,
    ageMsMax: 60_000,
    filesMax: 3,
    clock,
    onLost: (lines) => lost.push(lines),
    onTrouble: (cause) => troubles.push((cause as NodeJS.ErrnoException).code!),
    ...options,
  })
  return { file, pass, lost, troubles }
}
const contents = (): Record<string, string> =>
  Object.fromEntries(readdirSync(directory).toSorted().map((name) => [name, readFileSync(join(directory, name), 'utf8')])) // prettier-ignore

describe('a rotating file', () => {
  it('is not touched before it is opened, and then holds what was written before', async () => {
    const { file } = start()
    file.write('one\n')
    expect(existsSync(path)).toBe(false)
    file.open()
    file.write('two\n')
    await file.close()
    expect([contents(), statSync(path).mode & 0o777]).toEqual([{ 'x.log': 'one\ntwo\n' }, 0o600])
  })

  it('that is closed without having been opened leaves nothing', async () => {
    const { file } = start()
    file.write('one\n')
    await file.close()
    expect(contents()).toEqual({})
  })

  it('goes on where the last process ended', async () => {
    writeFileSync(path, 'before\n')
    const { file } = start()
    file.open()
    file.write('after\n')
    await file.close()
    expect(contents()).toEqual({ 'x.log': 'before\nafter\n' })
  })

  it('is put aside before it grows beyond its size; a line longer than that has a file of its own; the oldest files go', async () => {
    const { file } = start({ bytesMax: 8 })
    file.open()
    for (const line of ['111\n', '222\n', '333\n', 'much too long\n', '4é4\n', '555\n']) file.write(line)
    await file.close()
    expect(contents()).toEqual({ 'x.log': '555\n', 'x.log.1': '4é4\n', 'x.log.2': 'much too long\n' })
  })

  it('is put aside when it is old, though small', async () => {
    const { file, pass } = start()
    file.open()
    file.write('one\n')
    await vi.waitFor(() => expect(contents()).toEqual({ 'x.log': 'one\n' }))
    pass(59_999)
    file.write('two\n')
    await vi.waitFor(() => expect(contents()).toEqual({ 'x.log': 'one\ntwo\n' }))
    pass(1)
    file.write('three\n')
    await file.close()
    expect(contents()).toEqual({ 'x.log': 'three\n', 'x.log.1': 'one\ntwo\n' })
  })

  it('keeps no more files than it may, those of a time with more included, and touches no other', async () => {
    for (const name of ['x.log.1', 'x.log.7', 'x.log.old', 'y.log.1']) writeFileSync(join(directory, name), name)
    writeFileSync(path, 'full\n')
    const { file } = start({ bytesMax: 5, filesMax: 2 })
    file.open()
    file.write('new\n')
    await file.close()
    expect(contents()).toEqual({ 'x.log': 'new\n', 'x.log.1': 'full\n', 'x.log.old': 'x.log.old', 'y.log.1': 'y.log.1' })
  })

  it('may be the only one', async () => {
    const { file } = start({ bytesMax: 5, filesMax: 1 })
    file.open()
    for (const line of ['one\n', 'two\n']) file.write(line)
    await file.close()
    expect(contents()).toEqual({ 'x.log': 'two\n' })
  })
})

describe('a full disk', () => {
  it('throws nothing, is told once, and loses nothing that can be held', async () => {
    symlinkSync('/dev/full', path)
    const { file, pass, lost, troubles } = start()
    file.open()
    file.write('one\n')
    await vi.waitFor(() => expect(troubles).toEqual(['ENOSPC']))
    file.write('two\n')
    pass(1_000)
    await vi.waitFor(() => expect(troubles).toEqual(['ENOSPC']))
    unlinkSync(path)
    await vi.waitFor(() => {
      pass(1_000)
      expect(contents()).toEqual({ 'x.log': 'one\ntwo\n' })
    })
    expect([lost, troubles]).toEqual([[], ['ENOSPC']])
    await file.close()
  })

  it('costs bounded memory: what does not fit is dropped, and counted once lines can be written again', async () => {
    symlinkSync('/dev/full', path)
    const { file, pass, lost, troubles } = start({ bytesMax: 2 ** 30 })
    file.open()
    const line = `${'x'.repeat(2 ** 20 - 1)}\n`
    for (let count = 0; count < 10; count++) file.write(line)
    await vi.waitFor(() => expect(troubles).toEqual(['ENOSPC']))
    unlinkSync(path)
    await vi.waitFor(() => {
      pass(1_000)
      expect(lost).toEqual([6])
    })
    await file.close()
    expect(statSync(path).size).toBe(4 * 2 ** 20)
  })

  it('does not keep it from closing', async () => {
    symlinkSync('/dev/full', path)
    const { file } = start()
    file.open()
    file.write('one\n')
    await file.close()
    await file.close()
    expect(readdirSync(directory)).toEqual(['x.log'])
  })
})
