import { existsSync } from 'node:fs'
import { describe } from 'vitest'
import { conformsToExecutor } from '../conformance/executor.ts'
import { hasBubblewrap, hasCgroups, nativeHarness } from './native-harness.ts'

describe.runIf(hasBubblewrap && hasCgroups)('native', () => {
  conformsToExecutor('in bubblewrap', nativeHarness(), { background: true, memoryLimit: true })
})
describe.runIf(hasBubblewrap)('native', () => {
  conformsToExecutor('in bubblewrap, without control groups', nativeHarness({ cgroupRoot: null }), { background: true, memoryLimit: false })
})
describe.runIf(hasCgroups)('native', () => {
  conformsToExecutor('without a sandbox', nativeHarness({ sandbox: 'none' }), { background: true, memoryLimit: true })
})
describe('native', () => {
  conformsToExecutor('without a sandbox and without control groups', nativeHarness({ sandbox: 'none', cgroupRoot: null }), {
    background: true,
    memoryLimit: false,
  })
})

/** The empty version 2 tree of a hybrid host: no controllers, but groups, `cgroup.kill` and `cpu.stat` are real. */
const hybrid = '/sys/fs/cgroup/unified'
describe.runIf(hasBubblewrap && hasCgroups && existsSync(hybrid))('native', () => {
  conformsToExecutor('in bubblewrap, on the version 2 tree of a hybrid host', nativeHarness({ cgroupRoot: hybrid }), {
    background: true,
    memoryLimit: false,
  })
  conformsToExecutor('without a sandbox, on the version 2 tree of a hybrid host', nativeHarness({ sandbox: 'none', cgroupRoot: hybrid }), {
    background: true,
    memoryLimit: false,
  })
})
