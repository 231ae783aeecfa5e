import { isLoopback } from '../../config/address.ts'
import { RunnerError } from '../../domain/errors.ts'

/** What of a request tells who sent it on behalf of whom. */
export interface RequestOrigin {
  readonly method: string
  /** The `Host` header. */
  readonly host: string | undefined
  /** The `Origin` header: only browsers send it. */
  readonly origin: string | undefined
  /** Address of our end of the connection; undefined on a Unix socket. */
  readonly localAddress: string | undefined
}

const refusal = (message: string, path: string) =>
  new RunnerError('POLICY_ORIGIN', message, { path, hint: 'Call the runner by its address, not from a page of another site' })

/** Keeps web pages from commanding a runner that listens on loopback: a page of another site may send simple requests to it (the `Origin`
 * gives it away), and a name that is re-bound to 127.0.0.1 makes a page look like ours (the `Host` gives it away).
 * @throws RunnerError `POLICY_ORIGIN` */
export const assertSameOrigin = ({ method, host, origin, localAddress }: RequestOrigin): void => {
  if (localAddress === undefined) return
  const name = hostName(host)
  if (isLoopback(localAddress.replace(/^::ffff:/, '')) && name !== 'localhost' && !isAddress(name))
    throw refusal(`the host ${JSON.stringify(host ?? '')} is not this runner's`, 'Host')
  if (method !== 'GET' && method !== 'HEAD' && origin !== undefined && origin.replace(/^https?:\/\//, '') !== host)
    throw refusal('a page of another site may not change anything here', 'Origin')
}

const hostName = (host = ''): string => host.replace(/:\d+$/, '').toLowerCase()

const isAddress = (name: string): boolean => /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name)
