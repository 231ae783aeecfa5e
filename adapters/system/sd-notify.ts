import { execFile } from 'node:child_process'

/** What a service manager is told of this process (sd_notify(3)). Nothing is told where none listens, and telling never fails the caller. */
export interface ServiceManager {
  /** How often it wants to hear `WATCHDOG=1`, in milliseconds: half of what it waits for; null: it does not want to. */
  readonly watchdogMs: number | null
  /** Sends assignments such as `READY=1`, in the order of the calls. Resolves when they are delivered, or cannot be. */
  notify(assignments: readonly string[]): Promise<void>
}

export interface ServiceManagerOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
  /** Told of the first message in a row that could not be delivered. */
  readonly onTrouble: (cause: Error) => void
}

/** How long one message may take, in milliseconds: systemd-notify itself waits up to 5 s for the manager to have read it. */
const deliveryMs = 10_000

/** The manager that `NOTIFY_SOCKET` names. The messages go through `systemd-notify`: the socket takes datagrams, which Node cannot send on Unix sockets, and the
 * program is there wherever systemd is. It waits until the manager has read the message, which therefore knows whose it is; the unit needs `NotifyAccess=all`. */
export const openServiceManager = ({ env, pid, onTrouble }: ServiceManagerOptions): ServiceManager => {
  const { NOTIFY_SOCKET: socket, PATH: path } = env
  if (!socket) return { watchdogMs: null, notify: async () => undefined }
  let isTold = false
  let last: Promise<void> = Promise.resolve()
  const send = (assignments: readonly string[]): Promise<void> =>
    new Promise((resolve) => {
      const childEnv = { NOTIFY_SOCKET: socket, PATH: path ?? '/usr/bin:/bin' }
      execFile(
        'systemd-notify',
        ['--', ...assignments.map(oneLine)],
        { env: childEnv, timeout: deliveryMs, killSignal: 'SIGKILL' },
        (cause) => {
          if (cause && !isTold) onTrouble(cause)
          isTold = cause !== null
          resolve()
        },
      )
    })
  return { watchdogMs: watchdogOf(env, pid), notify: (assignments) => (last = last.then(() => send(assignments))) }
}

/** `WATCHDOG_PID` keeps a child from answering for its parent. */
const watchdogOf = ({ WATCHDOG_USEC: usec, WATCHDOG_PID: watched }: ServiceManagerOptions['env'], pid: number): number | null =>
  usec !== undefined && /^[1-9]\d{0,14}$/.test(usec) && (!watched || watched === String(pid))
    ? Math.max(1, Math.floor(Number(usec) / 2_000))
    : null

/** A line break would begin another assignment. */
const oneLine = (assignment: string): string => assignment.replaceAll(/[\r\n\0]+/g, ' ')
