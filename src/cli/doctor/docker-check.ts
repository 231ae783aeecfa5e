import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine, wordsOf, type Engine } from '../../../adapters/docker/engine.ts'
import { createSystemClock } from '../../../adapters/system/clock.ts'
import type { Config } from '../../config/schema.ts'
import type { Check } from './check.ts'

/** For each answer of the engine, in milliseconds: doctor is waited for. */
const callMs = 5_000

/** What tasks with an image rest on. An engine that is missing is no error: tasks without an image run. Takes nothing that is there and leaves nothing.
 * @param env of the process: `DOCKER_HOST` and its like stand in for keys that are not set */
export const checkDocker = async (config: Config, env: NodeJS.ProcessEnv): Promise<Check[]> => {
  if (!config.docker.enabled) return [{ name: 'docker', status: 'ok', message: 'switched off: tasks with an image are refused' }]
  const host = config.docker.host ?? (env['DOCKER_HOST'] || 'unix:///var/run/docker.sock')
  const tlsDir = config.docker.tls_dir ?? (env['DOCKER_TLS_VERIFY'] ? env['DOCKER_CERT_PATH'] : undefined)
  try {
    const read = (file: string): Buffer => readFileSync(join(tlsDir!, file))
    const tls = tlsDir === undefined ? undefined : { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
    const engine = createEngine({ host, tls, callMs, unavailableMs: 0, clock: createSystemClock() })
    try {
      return await examine(engine, host, config.data_dir)
    } finally {
      engine.close()
    }
  } catch (cause) {
    const hint = /EACCES|EPERM/.test(wordsOf(cause))
      ? 'Let this user use the socket (group docker), or set docker.enabled to false'
      : 'Start Docker, set docker.host, or set docker.enabled to false; tasks without an image run natively'
    return [{ name: 'docker', status: 'warn', message: `the engine at ${host} cannot be asked: ${wordsOf(cause)}`, hint }]
  }
}

/** What `GET /info` says, as far as it is looked at. */
interface EngineInfo {
  readonly ServerVersion: string
  readonly Driver: string
  readonly OSType: string
  readonly CgroupVersion?: string
  readonly InitBinary?: string
  readonly InitCommit?: { readonly ID?: string }
  readonly MemoryLimit?: boolean
  readonly SwapLimit?: boolean
  readonly PidsLimit?: boolean
  readonly CpuCfsQuota?: boolean
  readonly LiveRestoreEnabled?: boolean
}

const examine = async (engine: Engine, host: string, dataDir: string): Promise<Check[]> => {
  const { signal } = new AbortController()
  const info = (await engine.ask(signal, (docker) => docker.info())) as EngineInfo
  return [engineCheck(info, host), initCheck(info), limitsCheck(info), await sharedFilesCheck(engine, dataDir)]
}

const engineCheck = (info: EngineInfo, host: string): Check => {
  const survives = info.LiveRestoreEnabled ? 'containers outlive it' : 'its restart ends containers'
  const message = `${info.ServerVersion} answers at ${host}; storage driver ${info.Driver}, cgroup v${info.CgroupVersion ?? '1'}; ${survives}`
  if (info.OSType !== 'linux')
    return {
      name: 'docker',
      status: 'warn',
      message: `${message}; it runs ${info.OSType} containers`,
      hint: 'Use an engine for Linux containers',
    }
  return info.LiveRestoreEnabled
    ? { name: 'docker', status: 'ok', message }
    : { name: 'docker', status: 'ok', message, hint: 'Set live-restore in daemon.json, and tasks go on while the engine is restarted' }
}

/** The engine names its own program by `N/A` where it found none. */
const initCheck = ({ InitBinary: program = 'docker-init', InitCommit }: EngineInfo): Check =>
  InitCommit?.ID === 'N/A'
    ? {
        name: 'docker init',
        status: 'warn',
        message: `the engine has no ${program}, with which every container is started`,
        hint: 'Install it (Debian: tini), and restart the engine',
      }
    : { name: 'docker init', status: 'ok', message: `the engine has ${program}` }

const limitsCheck = (info: EngineInfo): Check => {
  const without = [
    ...(info.MemoryLimit === false ? ['memory'] : []),
    ...(info.SwapLimit === false ? ['swap'] : []),
    ...(info.PidsLimit === false ? ['processes'] : []),
    ...(info.CpuCfsQuota === false ? ['cpu'] : []),
  ]
  return without.length === 0
    ? { name: 'docker limits', status: 'ok', message: 'memory, swap, processes and cpu of a container can be limited' }
    : {
        name: 'docker limits',
        status: 'warn',
        message: `the engine cannot limit ${without.join(', ')} of a container`,
        hint: 'Enable the control groups of the kernel (swap: swapaccount=1)',
      }
}

/** Whether the engine sees a directory that was made here a moment ago. It checks the source of a mount when a container is created, so that nothing has to run. */
const sharedFilesCheck = async (engine: Engine, dataDir: string): Promise<Check> => {
  const { signal } = new AbortController()
  const name = 'docker files'
  const image = (await engine.ask(signal, (docker) => docker.listImages()))[0]
  if (image === undefined)
    return { name, status: 'ok', message: `not tried: without an image the engine cannot say whether it sees ${dataDir}` }
  const place = existsSync(dataDir) ? dataDir : tmpdir()
  const directory = mkdtempSync(join(place, '.doctor-'))
  try {
    const mount = { Type: 'bind', Source: directory, Target: '/work', ReadOnly: true } as const
    const options = { Image: image.Id, Cmd: ['true'], HostConfig: { Mounts: [mount], NetworkMode: 'none' } }
    const container = await engine.ask(signal, (docker) => docker.createContainer(options))
    await engine.ask(signal, () => container.remove({ force: true, v: true }))
    return { name, status: 'ok', message: `the engine sees directories of ${place}` }
  } catch (cause) {
    return {
      name,
      status: 'warn',
      message: `the engine does not take a directory of ${place}: ${wordsOf(cause)}`,
      hint: 'Run the engine on this file system, or put data_dir where both see it under the same path',
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
