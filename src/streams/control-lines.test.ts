import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { controlPrefix, eventPrefix, parseControlLine, resultPrefix } from './control-lines.ts'

const parse = (document: unknown) => parseControlLine(controlPrefix, Buffer.from(JSON.stringify(document)))

describe('control lines', () => {
  it('understands every form in the docs', () => {
    expect(parse({ type: 'progress', percent: 42.5, step: 'train', message: 'epoch 3', seq: 7 })).toEqual({
      type: 'progress',
      progress: { percent: 42.5, step: 'train', message: 'epoch 3' },
    })
    expect(parse({ type: 'progress', step: 'load' })).toEqual({
      type: 'progress',
      progress: { percent: null, step: 'load', message: null },
    })
    expect(parse({ type: 'token', text: ' the' })).toEqual({ type: 'token', text: ' the' })
    expect(parse({ type: 'metric', name: 'loss/train', value: 0.25 })).toEqual({ type: 'metric', name: 'loss/train', value: 0.25 })
    expect(parse({ type: 'result', value: { answer: [42] } })).toEqual({ type: 'result', value: { answer: [42] } })
    expect(parse({ type: 'result', value: null })).toEqual({ type: 'result', value: null })
    expect(parse({ type: 'checkpoint', path: 'ckpt/3', step: 3 })).toEqual({ type: 'checkpoint', path: 'ckpt/3', step: 3 })
  })
  it('understands an error, cuts its message at the end and its traceback at the beginning', () => {
    expect(parse({ type: 'error', exception: 'ValueError', message: 'bad', traceback: 'line 1\nline 2' })).toEqual({
      type: 'error',
      exception: { type: 'ValueError', message: 'bad', traceback: 'line 1\nline 2' },
    })
    expect(parse({ type: 'error', exception: 'ValueError' })).toEqual({
      type: 'error',
      exception: { type: 'ValueError', message: '', traceback: '' },
    })
    const long = { type: 'error', exception: 'e'.repeat(9_000), message: 'm'.repeat(9_000), traceback: `${'t'.repeat(9_000)}the end` }
    const cut = parse(long)
    expect(JSON.stringify(cut).length).toBeLessThan(10_500)
    expect(cut).toMatchObject({ exception: { message: expect.stringMatching(/^m+…$/), traceback: expect.stringMatching(/^…t+the end$/) } })
  })
  it('takes any JSON after the result prefix, and events without a prefix', () => {
    expect(parseControlLine(resultPrefix, Buffer.from('[1, "two"]'))).toEqual({ type: 'result', value: [1, 'two'] })
    expect(parseControlLine(resultPrefix, Buffer.from(' null'))).toEqual({ type: 'result', value: null })
    expect(parseControlLine(eventPrefix, Buffer.from('"type":"token","text":"x"}'))).toEqual({ type: 'token', text: 'x' })
  })
  it('keeps a percentage within 0 and 100, and texts short', () => {
    expect(parse({ type: 'progress', percent: 1e9 })).toMatchObject({ progress: { percent: 100 } })
    expect(parse({ type: 'progress', percent: -1 })).toMatchObject({ progress: { percent: 0 } })
    const long = parse({ type: 'progress', message: 'x'.repeat(100_000), step: 'y'.repeat(100_000) })
    expect(JSON.stringify(long).length).toBeLessThan(3_000)
  })
  it('names the problem of what it does not understand', () => {
    expect(parseControlLine(controlPrefix, Buffer.from('{"type":'))).toBe('not_json')
    expect(parseControlLine(controlPrefix, Buffer.from(''))).toBe('not_json')
    expect(parse({ type: 'shout' })).toBe('unknown_type')
    expect(parse({ type: 'constructor' })).toBe('unknown_type')
    for (const document of [
      null,
      7,
      [],
      {},
      { type: 7 },
      { type: 'progress' },
      { type: 'progress', percent: null },
      { type: 'progress', percent: '42' },
      { type: 'metric', name: 'x' },
      { type: 'metric', name: '__proto__', value: 1 },
      { type: 'metric', name: 'constructor', value: 1 },
      { type: 'result' },
      { type: 'token' },
      { type: 'checkpoint', path: '' },
      { type: 'error' },
      { type: 'error', exception: '' },
      { type: 'error', exception: 'E', traceback: ['a'] },
    ])
      expect(parse(document), JSON.stringify(document)).toBe('invalid')
    expect(parseControlLine(resultPrefix, Buffer.from('{"__proto__": {"admin": true}}'))).toBe('invalid')
    expect(parseControlLine(resultPrefix, Buffer.from('[1e999]'))).toBe('invalid')
  })
  it('refuses what is nested so deep that others would fall over it', () => {
    expect(parseControlLine(resultPrefix, Buffer.from('['.repeat(10_000) + ']'.repeat(10_000)))).toBe('too_deep')
    expect(parseControlLine(resultPrefix, Buffer.from('['.repeat(60) + ']'.repeat(60)))).toMatchObject({ type: 'result' })
  })
  it('takes large results whose values are many and small', () => {
    const value = Array.from({ length: 100_000 }, () => 1)
    expect(parse({ type: 'result', value })).toEqual({ type: 'result', value })
  })
  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(controlPrefix, resultPrefix, eventPrefix),
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (prefix, bytes) => void parseControlLine(prefix, Buffer.from(bytes)),
      ),
    )
  })
})
