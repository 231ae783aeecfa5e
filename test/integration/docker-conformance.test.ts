import { describe } from 'vitest'
import { conformsToExecutor } from '../conformance/executor.ts'
import { hasDocker } from '../support/docker-images.ts'
import { dockerHarness } from './docker-harness.ts'

describe.runIf(hasDocker())('docker', () => {
  conformsToExecutor('in containers', dockerHarness(), { background: true, memoryLimit: true })
})
