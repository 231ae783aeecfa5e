import { conformsToExecutor } from '../conformance/executor.ts'
import { hasBubblewrap, hasCgroups, nativeHarness } from './native-harness.ts'
import { describe } from 'vitest'

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
  conformsToExecutor('without a sandbox and without control groups', nativeHarness({ sandbox: 'none', cgroupRoot: null }), { background: true, memoryLimit: false })
})
