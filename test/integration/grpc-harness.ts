import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDaemon, type Daemon } from '../../src/daemon.ts'
import type { PartialConfigObject } from '../../src/config/schema.ts'
import { silentLogger, type Logger } from '../../src/ports/logger.ts'
import { createGrpcClients, type GrpcClientOptions } from '../support/grpc-client.ts'

/** A daemon in a directory of its own, with clients of its gRPC address. Tasks run bare: what is tested here is the wire. */
export const createGrpcWorld = async (config: PartialConfigObject = {}, logger: Logger = silentLogger) => {
  const root = mkdtempSync(join(tmpdir(), 'er-grpc-'))
  chmodSync(root, 0o711)
  const whole: PartialConfigObject = {
    data_dir: join(root, 'data'),
    http: { listen: '127.0.0.1:0' },
    grpc: { listen: '127.0.0.1:0', ...config.grpc },
    docker: { enabled: false },
    native: { sandbox: 'none' },
    classes: { cpu_short: { concurrency: 8 } },
    ...Object.fromEntries(Object.entries(config).filter(([name]) => name !== 'grpc')),
  }
  const daemon: Daemon = await startDaemon({ config: whole, logger })
  let gates = 0
  const opened: ReturnType<typeof createGrpcClients>[] = []
  const open = (options?: GrpcClientOptions) => {
    const clients = createGrpcClients(daemon.grpc, options)
    opened.push(clients)
    return clients
  }
  return {
    root,
    daemon,
    open,
    ...open(),
    /** A command that runs until the test lets it go. */
    gate() {
      const path = join(root, `gate-${++gates}`)
      return { command: ['sh', '-c', `until [ -e ${path} ]; do sleep 0.02; done`], open: () => writeFileSync(path, '') }
    },
    async close(): Promise<void> {
      for (const clients of opened) clients.close()
      await daemon.runner.close('cancel')
      await daemon.stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}
export type GrpcWorld = Awaited<ReturnType<typeof createGrpcWorld>>

/** A payload as these clients send it: a map of strings. */
export const payloadOf = (command: readonly string[], execution: object = {}): Record<string, string> => ({
  execution: JSON.stringify({ command, ...execution }),
})
