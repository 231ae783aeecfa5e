/* A runner in a process of its own, that dies where it is told.
 * node runner-program.ts JSON, of `ProgramOptions`. Speaks over Node's IPC channel; tasks come through the runner's own socket. */
import { flushCompileCache } from 'node:module'
import { toFailure } from '../../src/domain/errors.ts'
import type { PartialConfigObject } from '../../src/config/schema.ts'
import { createRunner } from '../../src/index.ts'
import { createFaultPoints, type FaultPoint } from './fault-points.ts'

export interface ProgramOptions {
  readonly config: PartialConfigObject
  /** Armed before the runner starts. */
  readonly point: FaultPoint | null
}
export type ProgramRequest = { readonly type: 'arm'; readonly point: FaultPoint | null } | { readonly type: 'calls' }
export type ProgramReply =
  | { readonly type: 'ready'; readonly socket: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'done' }
  | { readonly type: 'calls'; readonly calls: readonly { readonly call: string; readonly nth: number }[] }

const tell = (reply: ProgramReply): void => void process.send!(reply)
const faults = createFaultPoints(() => {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('killed')
})

const { config, point } = JSON.parse(process.argv[2]!) as ProgramOptions
faults.arm(point)
process.on('message', (request: ProgramRequest) => {
  if (request.type === 'calls') return tell({ type: 'calls', calls: faults.calls() })
  faults.arm(request.point)
  tell({ type: 'done' })
})
try {
  const { socket } = await createRunner({ config }, faults.around)
  flushCompileCache() // it would be written at an orderly end
  tell({ type: 'ready', socket: socket! })
  const dieAlone = (): void => void process.kill(process.pid, 'SIGKILL') // nobody is left who would end it
  if (process.connected) process.on('disconnect', dieAlone)
  else dieAlone()
} catch (cause) {
  const { code, message } = toFailure(cause)
  tell({ type: 'failed', code, message })
  process.exitCode = 1
  process.disconnect()
}
