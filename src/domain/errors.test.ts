import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { errorClass, failure, formatFailure, RunnerError, toFailure, type ErrorCode } from './errors.ts'

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\w+) \|/gm)].map(([, code, retries]) => [code!, retries!] as const)

it('has every code on docs/errors.md once, with its class, and no other', () => {
  expect(rows.length).toBe(new Set(rows.map(([code]) => code)).size)
  expect(Object.fromEntries(rows)).toEqual(errorClass)
})
it('turns a refusal into a failure and one line, with path and hint', () => {
  const refusal = new RunnerError('INVALID_SPEC', 'it is wrong', { path: 'a.b', hint: 'Mend it' })
  expect(toFailure(refusal)).toEqual({ code: 'INVALID_SPEC', message: 'it is wrong', retryable: false, path: 'a.b', hint: 'Mend it' })
  expect(formatFailure(toFailure(refusal))).toBe('INVALID_SPEC: it is wrong (a.b). Mend it')
  expect(formatFailure(toFailure(new RunnerError('CONFIG_INVALID', 'did you mean x?', { hint: 'See y' })))).toBe(
    'CONFIG_INVALID: did you mean x? See y',
  )
})
it('takes anything else that is thrown as a defect', () => {
  expect(toFailure(new TypeError('x is not a function'))).toMatchObject({ code: 'INTERNAL', retryable: false })
  expect(toFailure('text')).toMatchObject({ code: 'INTERNAL', message: 'text' })
})
it('bounds the message, which every later record of a task carries', () => {
  expect(failure('EXIT_NONZERO' satisfies ErrorCode, 'x'.repeat(1_000_000)).message.length).toBeLessThan(2_100)
})
