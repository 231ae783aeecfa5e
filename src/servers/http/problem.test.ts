import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { RunnerError, type ErrorCode } from '../../domain/errors.ts'
import { fromProblem, httpStatus, toProblem } from './problem.ts'

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

it('answers with the status that docs/errors.md names', () => {
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| \w+ \| (\d+|–) \|/gm)]
  expect(rows.length).toBeGreaterThan(40)
  for (const [, code, status] of rows) expect(httpStatus(code as ErrorCode), code).toBe(status === '–' ? 500 : Number(status))
})
it('is understood by a client as the error that it was', () => {
  const refusal = new RunnerError('POLICY_MOUNT', 'not allowed', { path: 'payload.execution.mounts[0]', hint: 'Mount another' })
  expect(fromProblem(JSON.parse(JSON.stringify(toProblem(refusal))))).toEqual(refusal)
})
it.each([[null], ['text'], [{}], [{ code: 5, detail: 'x' }]])('is nothing else: %o', (body) => {
  expect(fromProblem(body)).toBeNull()
})
