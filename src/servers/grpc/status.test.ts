import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { status as grpcStatus } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { RunnerError, type ErrorCode } from '../../domain/errors.ts'
import { httpStatus } from '../http/problem.ts'
import { statusOfCall, toServiceError } from './status.ts'

describe('the status of a refusal', () => {
  it('carries code, path and hint in its metadata, and all of them in its message', () => {
    const { code, details, metadata } = toServiceError(
      new RunnerError('INVALID_SPEC', 'it is missing', { path: 'spec.execution', hint: 'Give a command' }),
    )
    expect([code, details]).toEqual([grpcStatus.INVALID_ARGUMENT, 'INVALID_SPEC: it is missing (spec.execution). Give a command'])
    expect(metadata!.getMap()).toEqual({
      'env-runner-code': 'INVALID_SPEC',
      'env-runner-path': 'spec.execution',
      'env-runner-hint': 'Give a command',
    })
  })
  it('of a defect says nothing of it', () => {
    const { code, details, metadata } = toServiceError(new TypeError('secret'))
    expect([code, metadata!.getMap()]).toEqual([grpcStatus.INTERNAL, { 'env-runner-code': 'INTERNAL' }])
    expect(details).not.toContain('secret')
  })
  it.each(['\ud800', '漢'.repeat(3_000), 'x\r\ny', '\0', '😀'.repeat(1_500)])(
    'fits into headers that every client takes, whatever somebody has sent (%#)',
    (text) => {
      const { details, metadata } = toServiceError(new RunnerError('INVALID_SPEC', text, { path: text, hint: 'Send something else' }))
      expect(encodeURI(details!).length).toBeLessThanOrEqual(4_096)
      const headers = Object.entries(metadata!.toHttp2Headers()).flat().flat().join('')
      expect(headers).toMatch(/^[ -~]*$/)
      expect(encodeURI(details!).length + headers.length).toBeLessThan(8_192)
    },
  )
  it('exists for every code that HTTP answers a call with', () => {
    const codes = (Object.keys(statusOfCall) as ErrorCode[]).filter((code) => code !== 'CANCELLED' && code !== 'JOURNAL_CORRUPT')
    for (const code of codes) expect(httpStatus(code), code).toBeLessThanOrEqual(503)
    for (const code of codes) expect(httpStatus(code), code).not.toBe(500)
  })
  it('is the one that docs/grpc.md tells', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/grpc.md'), 'utf8')
    const rows = [...page.matchAll(/^\| ([A-Z_]+) \| (.*) \|$/gm)].map(([, status, codes]) => [status!, codes!] as const)
    const told = (code: string, status: string): boolean =>
      rows.some(([name, codes]) => name === status && (codes.includes(`\`${code}\``) || (code.startsWith('POLICY_') && codes.includes('`POLICY_…`'))))
    for (const [code, status] of Object.entries(statusOfCall))
      if (code !== 'CANCELLED') expect(told(code, grpcStatus[status]), `${code} as ${grpcStatus[status]}`).toBe(true)
  }) // prettier-ignore
})
