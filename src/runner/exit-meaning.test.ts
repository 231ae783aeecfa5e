import { expect, it } from 'vitest'
import type { Exit } from '../domain/exit.ts'
import { exitMeaning, noExit } from './exit-meaning.ts'

const exit = (more: Partial<Exit>): Exit => ({ code: 0, signal: null, oomKilled: false, ...more })

it.each([
  ['success', exit({}), null],
  ['another exit code', exit({ code: 7 }), 'EXIT_NONZERO'],
  ['the last exit code', exit({ code: 255 }), 'EXIT_NONZERO'],
  ['a signal', exit({ code: null, signal: 'SIGSEGV' }), 'KILLED_BY_SIGNAL'],
  ['a signal that left a code', exit({ code: 137, signal: 'SIGKILL' }), 'KILLED_BY_SIGNAL'],
  ['no code and no signal', noExit, 'EXIT_NONZERO'],
  ['memory, by signal', exit({ code: null, signal: 'SIGKILL', oomKilled: true }), 'OUT_OF_MEMORY'],
  ['memory, although the command ended with 0: a part of it was ended', exit({ oomKilled: true }), 'OUT_OF_MEMORY'],
])('%s', (_, ended, code) => {
  const meaning = exitMeaning(ended)
  expect(meaning?.code ?? null).toBe(code)
  expect(meaning?.retryable ?? false).toBe(false) // what the command did, it would do again
})

it('says in words what happened', () => {
  expect(exitMeaning(exit({ code: 7 }))?.message).toBe('the command ended with exit code 7')
  expect(exitMeaning(exit({ code: null, signal: 'SIGTERM' }))?.message).toBe('the command was ended by SIGTERM')
})
