/** What this host has to give. Adapters: `adapters/system`, `adapters/simulated`. */
export interface Host {
  /** Thousandths of a core. */
  readonly cpuMillicores: number
  readonly memoryBytes: number
  readonly hostname: string
  /** The absolute path that a path leads to once every link is followed; null when it leads nowhere. Synchronous: asked only for tasks that mount something. */
  realPath(path: string): string | null
}
