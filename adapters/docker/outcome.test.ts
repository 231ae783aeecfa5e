import type { ContainerInspectInfo } from 'dockerode'
import { describe, expect, it } from 'vitest'
import { commandRefusal, endedAtOf, exitOf, startRefusal } from './outcome.ts'

const ended = (state: Partial<ContainerInspectInfo['State']>): ContainerInspectInfo =>
  ({ State: { ExitCode: 0, OOMKilled: false, FinishedAt: '2026-01-02T03:04:05.678901234Z', ...state } }) as ContainerInspectInfo
const untouched = { killed: false, oom: false }

describe('an exit', () => {
  it('has its code and time', () => {
    expect(exitOf(ended({ ExitCode: 3 }), untouched)).toEqual({
      code: 3,
      signal: null,
      oomKilled: false,
      endedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    })
  })

  it.each([[137, 'SIGKILL'], [143, 'SIGTERM'], [139, 'SIGSEGV'], [128, null], [255, null]] as const)('with code %i has signal %s', (ExitCode, signal) => {
    expect(exitOf(ended({ ExitCode }), untouched)).toMatchObject({ code: ExitCode, signal })
  }) // prettier-ignore

  it('has no time where the engine saw no end', () => {
    expect(endedAtOf(ended({ FinishedAt: '0001-01-01T00:00:00Z' }))).toBeNull()
  })

  it.each([
    ['the engine flags it', { OOMKilled: true }, untouched, true],
    ['the engine told of it', {}, { killed: false, oom: true }, true],
    ['we killed it ourselves, whatever the flag says', { OOMKilled: true, ExitCode: 137 }, { killed: true, oom: true }, false],
    ['it was killed without evidence', { ExitCode: 137 }, untouched, false],
  ])('is out of memory, or not, when %s', (_, state, known, oomKilled) => {
    expect(exitOf(ended(state), known)).toMatchObject({ oomKilled })
  })
})

// Words of engine 20.10.24 with runc 1.1.5.
const runc = 'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process:'

describe('a start that was refused', () => {
  it.each([
    [`${runc} exec: "nope": executable file not found in $PATH: unknown`, 400, 'COMMAND_NOT_FOUND'],
    [`${runc} exec: "/etc/passwd": permission denied: unknown`, 400, 'COMMAND_NOT_FOUND'],
    [`${runc} exec: "docker-init": executable file not found in $PATH: unknown`, 400, 'CONTAINER_REFUSED'],
    [`${runc} error during container init: mkdir /proc/self/fd/8: not a directory: unknown`, 400, 'CONTAINER_REFUSED'],
    [
      `${runc} error during container init: chdir to cwd ("/root") set in config.json failed: permission denied: unknown`,
      500,
      'CONTAINER_REFUSED',
    ],
    ['network nonet not found', 404, 'CONTAINER_REFUSED'],
    ['unable to find user nosuch: no matching entries in passwd file', 500, 'CONTAINER_REFUSED'],
    ['failed to create endpoint x on network bridge: could not find bridge docker0', 500, 'LAUNCH_FAILED'],
  ])('by %j (%i) is %s', (words, status, code) => {
    expect(startRefusal(words, status)).toMatchObject({ code })
    expect(startRefusal(words, status).message).toContain(words)
  })
})

describe("docker-init's words", () => {
  const words = '[FATAL tini (7)] exec nope failed: No such file or directory\n'

  it('mean a missing command when they are all there is, and the code is theirs', () => {
    expect(commandRefusal(127, words)).toMatchObject({ code: 'COMMAND_NOT_FOUND' })
    expect(commandRefusal(126, '[FATAL tini (6)] exec /etc/passwd failed: Permission denied\n')).toMatchObject({
      code: 'COMMAND_NOT_FOUND',
    })
  })

  it.each([[1, words], [127, ''], [127, `before\n${words}`], [127, `${words}after\n`]])('mean nothing with code %i and %j', (code, stderr) => {
    expect(commandRefusal(code, stderr)).toBeNull()
  }) // prettier-ignore
})
