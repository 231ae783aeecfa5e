import { expect, it } from 'vitest'
import type { LogPiece } from '../../runner/api.ts'
import { logLines, type LogLineDocument } from './log-lines.ts'

const piece = (offset: number, text: string | Uint8Array, rest: Partial<LogPiece> = {}): LogPiece => ({
  stream: 'stdout',
  attempt: 1,
  gap: 0,
  offset,
  bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text,
  ...rest,
})
const linesOf = async (pieces: readonly LogPiece[], oldBytes = 0): Promise<LogLineDocument[]> => {
  async function* source() {
    yield* pieces
  }
  const documents: LogLineDocument[] = []
  for await (const document of logLines(
    source(),
    () => oldBytes,
    () => 0,
  ))
    documents.push(document)
  return documents
}
const shown = (documents: readonly LogLineDocument[]) => documents.map(({ offset, line }) => [offset, line])

it('leaves control lines out, and their offsets show it', async () => {
  const text = 'a\n::env-runner::{"type":"progress"}\nb\n__DSPY_RESULT__:{}\n ::env-runner::no\n'
  expect(shown(await linesOf([piece(0, text)]))).toEqual([[0, 'a'], [36, 'b'], [57, ' ::env-runner::no']]) // prettier-ignore
})
it('leaves out a control line that is longer than a piece, all of it', async () => {
  expect(shown(await linesOf([piece(0, `::env-runner::${'x'.repeat(200_000)}\nafter\n`)]))).toEqual([[200_015, 'after']])
})
it('keeps what looks like a control line on stderr, where it is none', async () => {
  expect(shown(await linesOf([piece(0, '::env-runner::{}\n', { stream: 'stderr' })]))).toEqual([[0, '::env-runner::{}']])
})
it('gives a long line in pieces of at most 64 KiB that join to it', async () => {
  const line = `${'ż'.repeat(100_000)}x`
  const documents = await linesOf([piece(0, `${line}\nnext`)])
  expect(documents.slice(0, -1).map((document) => document.line).join('')).toBe(line) // prettier-ignore
  expect(documents.map(({ partial }) => partial)).toEqual([true, true, true, undefined, undefined])
})
it('tells how many bytes are gone, and begins a new line after them', async () => {
  const documents = await linesOf([piece(0, 'cut of'), piece(100, 'rest\n', { gap: 94 })])
  expect(documents.map(({ offset, line, gap }) => ({ offset, line, gap }))).toEqual([
    { offset: 0, line: 'cut of', gap: undefined },
    { offset: 6, line: undefined, gap: 94 },
    { offset: 100, line: 'rest', gap: undefined },
  ])
})
it('keeps streams and attempts apart', async () => {
  const documents = await linesOf([piece(0, 'o'), piece(0, 'e', { stream: 'stderr' }), piece(1, 'ut'), piece(0, 'again', { attempt: 2 })])
  expect(documents.map(({ stream, attempt, line }) => `${stream} ${attempt} ${line}`)).toEqual([
    'stdout 1 out',
    'stderr 1 e',
    'stdout 2 again',
  ])
})
it('has no time for what was printed before', async () => {
  expect((await linesOf([piece(0, 'old\nnew\n')], 4)).map(({ time }) => time)).toEqual([null, '1970-01-01T00:00:00.000Z'])
})
it('replaces what is not UTF-8', async () => {
  expect(shown(await linesOf([piece(0, Uint8Array.of(0xff, 0xfe, 0x0a))]))).toEqual([[0, '\ufffd\ufffd']])
})
