/** What this host has to give. Adapters: `adapters/system`, `adapters/simulated`. */
export interface Host {
  /** Thousandths of a core. */
  readonly cpuMillicores: number
  readonly memoryBytes: number
  readonly hostname: string
}
