import type { DockerPlan, NativePlan } from '../../src/domain/plan.ts'

/** A plan of an ordinary task: small limits, no network, nothing mounted. */
export const planOf = (argv: readonly string[], over: Partial<NativePlan> = {}): NativePlan => ({
  mode: 'native',
  class: 'cpu_short',
  tenant: 'acme',
  argv,
  env: {},
  mounts: [],
  files: [],
  network: 'none',
  workingDir: '.',
  limits: { cpuMillicores: null, memoryBytes: 64 * 2 ** 20, processesMax: 64, openFilesMax: 256, fileBytesMax: null },
  graceMs: 1_000,
  ...over,
})

/** A plan of an ordinary container: the same, in an image that tests bring along. */
export const dockerPlanOf = (command: readonly string[], over: Partial<DockerPlan> = {}): DockerPlan => {
  const { argv: _, ...common } = planOf([])
  return {
    ...common,
    mode: 'docker',
    image: 'env-runner/busybox:test',
    entrypoint: null,
    command,
    containerWorkDir: '/work',
    network: 'none',
    runtime: null,
    shmBytes: null,
    storageBytes: null,
    ...over,
  }
}
