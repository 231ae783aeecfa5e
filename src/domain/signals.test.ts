import { expect, it } from 'vitest'
import { signalNumber, signalOfExitCode } from './signals.ts'

it('reads a signal out of an exit code as a shell reports it, and knows its number', () => {
  expect([143, 137, 128, 0, 7, 255].map(signalOfExitCode)).toEqual(['SIGTERM', 'SIGKILL', null, null, null, null])
  expect(['SIGTERM', 'SIGKILL', 'SIGINT', 'int'].map(signalNumber)).toEqual([15, 9, 2, undefined])
})
