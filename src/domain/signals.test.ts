import { constants } from 'node:os'
import { expect, it } from 'vitest'
import { signalNumber, signalOfExitCode } from './signals.ts'

it('reads a signal out of an exit code as a shell reports it, and nothing out of others', () => {
  expect([143, 137, 128, 0, 7, 255].map(signalOfExitCode)).toEqual(['SIGTERM', 'SIGKILL', null, null, null, null])
})

it('knows the signals as the system numbers them', () => {
  const known = Array.from({ length: 31 }, (_, index) => signalOfExitCode(129 + index)!)
  for (const name of known) expect([name, signalNumber(name)]).toEqual([name, constants.signals[name as NodeJS.Signals]])
  expect(signalNumber('int')).toBeUndefined()
})
