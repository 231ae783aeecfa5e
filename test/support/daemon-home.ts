import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PartialConfigObject } from '../../src/config/schema.ts'
import { startDaemon, type Daemon } from '../../src/daemon.ts'

/** A data directory for daemons, one after the other. */
export interface DaemonHome {
  /** Listens on free ports of loopback; runs tasks natively. */
  start(): Promise<Daemon>
  /** Ends the tasks and the daemon that run, and removes the directory. */
  close(): Promise<void>
}

export const createDaemonHome = (config: PartialConfigObject = {}): DaemonHome => {
  const root = mkdtempSync(join(tmpdir(), 'er-daemon-'))
  chmodSync(root, 0o711) // as root, tasks pass through it as other users
  let current: Daemon | null = null
  return {
    async start() {
      current = await startDaemon({
        config: {
          data_dir: join(root, 'data'),
          http: { listen: '127.0.0.1:0' },
          grpc: { listen: '127.0.0.1:0' },
          docker: { enabled: false },
          native: { sandbox: existsSync('/usr/bin/bwrap') ? 'bubblewrap' : 'none' },
          timeouts: { grace_seconds: 0.1 },
          ...config,
        },
      })
      return current
    },
    async close() {
      await current?.runner.close('cancel')
      await current?.stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}
