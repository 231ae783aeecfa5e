import { readFileSync } from 'node:fs'
import { isLoopback } from '../config/address.ts'
import { RunnerError } from '../domain/errors.ts'
import { connectTo, type Connection } from './connection.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { findHolder, nobodyThere } from './holder.ts'
import { layoutOf } from './journal-view.ts'

/** The runner that `--server` or `ENV_RUNNER_SERVER` names; null where the data directory is meant: nothing names a server, or `--data-dir` is nearer than the environment.
 * @throws RunnerError `INVALID_SPEC`, of an option that makes no sense */
export const serverOf = async ({ env, stderr }: CliContext, { server, token, ca, dataDir }: GlobalOptions): Promise<Connection | null> => {
  if (server !== undefined && dataDir !== undefined)
    throw refuse('one runner is meant, not two', '--server', 'Leave --data-dir or --server out')
  const address = server ?? (dataDir === undefined ? env['ENV_RUNNER_SERVER'] || undefined : undefined)
  if (address === undefined) {
    const useless = token !== undefined ? '--token' : ca !== undefined ? '--ca' : null
    if (useless !== null) throw refuse('it belongs to a server, and none is named', useless, 'Add --server ADDRESS')
    return null
  }
  const url = parseServer(address, server === undefined ? 'ENV_RUNNER_SERVER' : '--server')
  const secret = token ?? (env['ENV_RUNNER_TOKEN'] || null)
  if (token !== undefined) await stderr.line('env-runner: --token is seen by everybody who lists processes: set ENV_RUNNER_TOKEN instead')
  if (secret !== null && url.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, '')))
    await stderr.line(`env-runner: the token goes to ${url.origin} in the clear: use https://`)
  return connectTo({ url, token: secret, ca: readCa(ca, env) })
}

/** The runner of `--server`, or the one that holds the data directory.
 * @throws RunnerError `RUNNER_UNREACHABLE` when there is none */
export const requireRunner = async (context: CliContext, globals: GlobalOptions): Promise<Connection> => {
  const server = await serverOf(context, globals)
  if (server) return server
  const { config } = await context.loadConfig(globals)
  const holder = await findHolder(layoutOf(config).socket)
  if (holder) return holder
  throw nobodyThere(config.data_dir, 'Start one with env-runner serve, or name one with --server')
}

/** @throws RunnerError `INVALID_SPEC` */
export const parseServer = (text: string, path: string): URL => {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  const isPlain = url !== null && url.search === '' && url.hash === ''
  if (isPlain && url.username === '' && url.password === '' && ['http:', 'https:'].includes(url.protocol)) return url
  if (url !== null && (url.username !== '' || url.password !== ''))
    throw refuse('an address holds no name and no password', path, 'Set ENV_RUNNER_TOKEN')
  throw refuse(
    `${JSON.stringify(text.slice(0, 200))} is not the address of a runner`,
    path,
    'Write https://HOST:PORT, or HOST:PORT for http',
  )
}

const readCa = (option: string | undefined, env: NodeJS.ProcessEnv): Buffer | null => {
  const path = option ?? (env['ENV_RUNNER_CA'] || undefined)
  if (path === undefined) return null
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new RunnerError('INVALID_SPEC', `${path} cannot be read: ${(cause as Error).message}`, {
      path: option === undefined ? 'ENV_RUNNER_CA' : '--ca',
      hint: 'Name a PEM file with the certificate of the authority',
      cause,
    })
  }
}

const refuse = (message: string, path: string, hint: string) => new RunnerError('INVALID_SPEC', message, { path, hint })
