import { describe, expect, it } from 'vitest'
import type { NativePlan } from '../../src/domain/plan.ts'
import { lastWords, sandboxArguments, systemArguments } from './bubblewrap.ts'

const plan: NativePlan = {
  mode: 'native',
  class: 'cpu_short',
  tenant: 'acme',
  argv: ['true'],
  env: { TOKEN: 'secret value', HOME: '/elsewhere' },
  mounts: [
    { hostPath: '/data', mountPath: '/in', readOnly: true },
    { hostPath: '/scratch', mountPath: '/out', readOnly: false },
  ],
  files: [],
  network: 'none',
  workingDir: 'sub/dir',
  limits: { cpuMillicores: null, memoryBytes: null, processesMax: 1, openFilesMax: 1, fileBytesMax: null },
  graceMs: 0,
}
const told = (over: Partial<NativePlan> = {}): string =>
  sandboxArguments(systemArguments(), { ...plan, ...over }, '/data dir/w').replaceAll('\0', ' ')

describe('the arguments of bubblewrap', () => {
  it('take everything away first', () => {
    expect(told()).toMatch(/^--unshare-user --unshare-all --disable-userns --cap-drop ALL --new-session .*--clearenv /)
  })

  it('mount the work directory and what the plan says, then close the root', () => {
    expect(told()).toContain('--bind /data dir/w /work --ro-bind /data /in --bind /scratch /out --remount-ro /dev --remount-ro / ')
  })

  it('hold the environment, where the plan has the last word', () => {
    expect(told()).toContain(
      '--setenv HOME /elsewhere --setenv TMPDIR /tmp --setenv LANG C.UTF-8 --setenv ENV_RUNNER_EVENTS /work/.env-runner-events --setenv TOKEN secret value --chdir /work/sub/dir ',
    )
  })

  it('share the network only when the plan says so', () => {
    expect(told()).not.toMatch(/share-net|resolv/)
    expect(told({ network: 'host' })).toMatch(/--share-net --ro-bind-try \/etc\/resolv.conf /)
  })

  it('are each ended by a NUL, as --args wants them', () => {
    expect(sandboxArguments([], plan, '/w')).toMatch(/^--bind\0\/w\0\/work\0[^]*\0$/)
  })
})

describe('the last words', () => {
  it.each([
    ['bwrap: execvp nosuch: No such file or directory\n', 'command'],
    ['output\nbwrap: execvp ./script: Permission denied\n', 'command'],
    ["bwrap: Can't chdir to /work/x: No such file or directory\n", 'command'],
    ['bwrap: setting up uid map: Permission denied\n', 'sandbox'],
    ['sh: 5: exec: /usr/bin/bwrap: not found\n', 'sandbox'],
  ])('%j are about the %s', (text, problem) => {
    expect(lastWords(text)).toMatchObject({ problem })
  })

  it.each(['', 'bwrap\n', 'the end\n', 'sh: 1: something else\n'])('%j are none', (text) => {
    expect(lastWords(text)).toBeNull()
  })
})
