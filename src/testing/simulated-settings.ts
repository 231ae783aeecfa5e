import type { RunnerSettings } from '../runner/settings.ts'

/** Short times and small bounds, so that a simulated minute meets every deadline and every limit. */
export const simulatedSettings: RunnerSettings = {
  runnerId: 'simulated',
  version: '0.0.0-simulated',
  classes: {
    cpu_short: { timeoutMs: 2_000, concurrency: 4, queueTimeoutMs: 600_000 },
    cpu_long: { timeoutMs: 10_000, concurrency: 2, queueTimeoutMs: 600_000 },
  },
  timeouts: { prepareMs: 1_000, stopMs: 20_000, collectMs: 30_000, totalMs: 3_600_000, graceMs: 100, drainMs: 5_000 },
  retry: { attempts: 3, baseMs: 50, factor: 2, capMs: 1_000, jitter: 0.5 },
  policy: { allowedMounts: [], privatePaths: [], allowedNetworks: [], allowedImages: ['**'], allowedRuntimes: [] },
  native: { sandbox: 'bubblewrap', oversubscribe: false, processesMax: 64, openFilesMax: 256, classes: ['cpu_short', 'cpu_long'] },
  docker: {
    enabled: true,
    defaultImage: null,
    cpuMillicores: 1_000,
    memoryBytes: 64 * 2 ** 20,
    processesMax: 64,
    openFilesMax: 256,
    shmBytesMax: 2 ** 30,
  },
  pythonDir: null,
  logs: { bytesMax: 4_096, tailBytes: 256 },
  audit: { intervalMs: 0 },
  journal: { retentionMs: 0 },
  limits: { payloadUnits: 100_000, payloadDepth: 32, uncommittedBytes: 200_000 },
}
