import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** A Redis of its own, on loopback and a free port, that syncs every write to disk before it answers, as the journal does. */
export const startRedis = async (below: string): Promise<{ port: number; stop(): Promise<void> }> => {
  const directory = mkdtempSync(join(below, 'redis-'))
  const port = await freePort()
  const options = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--save',
    '',
  ]
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
    server.stdout.on('data', (text: Buffer) => text.includes('Ready to accept connections') && resolve())
  })
  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        server.removeAllListeners('exit')
        server.once('exit', () => {
          rmSync(directory, { recursive: true })
          resolve()
        })
        server.kill('SIGTERM')
      }),
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
