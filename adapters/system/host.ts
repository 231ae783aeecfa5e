import { realpathSync } from 'node:fs'
import { availableParallelism, hostname, totalmem } from 'node:os'
import type { Host } from '../../src/ports/host.ts'

export const createSystemHost = (): Host => ({
  cpuMillicores: availableParallelism() * 1_000,
  memoryBytes: totalmem(),
  hostname: hostname(),
  realPath(path) {
    try {
      return realpathSync(path)
    } catch {
      return null // missing, unreadable, a loop of links: it leads nowhere for us
    }
  },
})
