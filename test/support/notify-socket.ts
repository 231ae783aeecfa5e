import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'

/** Binds the datagram socket and prints each message as a JSON array of its lines. What comes with a message, such as the descriptor of a barrier, is closed. */
const program = `
import json, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print(json.dumps(["listening"]), flush=True)
while True:
    data, fds, _, _ = socket.recv_fds(s, 65536, 8)
    for fd in fds:
        os.close(fd)
    print(json.dumps(data.decode().strip().split("\\n")), flush=True)
`

/** A service manager's end of the notify socket. */
export interface NotifySocket {
  readonly path: string
  /** Every message so far, as its lines; barriers are left out. */
  readonly messages: readonly (readonly string[])[]
  /** The same, flat. */
  lines(): string[]
  close(): Promise<void>
}

/** Whether this host has what listening and sending takes. */
export const canNotify = (): boolean => ['python3', 'systemd-notify'].every((name) => spawnSync(name, ['--version']).status === 0)

export const openNotifySocket = async (directory: string): Promise<NotifySocket> => {
  const path = join(directory, 'notify')
  const child = spawn('python3', ['-c', program, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  const messages: string[][] = []
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    createInterface(child.stdout).on('line', (line) => {
      const [first, ...more] = JSON.parse(line) as string[]
      if (first === 'listening') resolve()
      else if (first !== 'BARRIER=1') messages.push([first!, ...more])
    })
    void ended.then(() => reject(new Error('the notify socket could not be opened')))
  })
  return {
    path,
    messages,
    lines: () => messages.flat(),
    async close() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
