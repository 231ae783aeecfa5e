import { describe, expect, it } from 'vitest'
import { configKeys } from './keys.ts'
import { loadConfig } from './load.ts'
import { isReloadable, reloadConfig } from './reload.ts'
import type { PartialConfigObject } from './schema.ts'

const host = { uid: 1_000, home: '/home/a', hostname: 'host', cwd: '/tmp' }
const load = (object: PartialConfigObject) => loadConfig({ object, host }).config

describe('a configuration that is read again', () => {
  it('gives what can be taken while the runner runs, and names what waits for a restart', () => {
    const current = load({ retry: { attempts: 3 }, http: { listen: '127.0.0.1:1' }, native: { sandbox: 'bubblewrap' } })
    const next = load({
      retry: { attempts: 5 },
      http: { listen: '127.0.0.1:2' },
      native: { sandbox: 'none' },
      policy: { allowed_mounts: ['/srv'] },
    })
    const { config, changed, needRestart } = reloadConfig(current, next)
    expect(changed).toEqual(['policy.allowed_mounts', 'retry.attempts'])
    expect(needRestart).toEqual(['http.listen', 'native.sandbox'])
    expect(config).toEqual({ ...current, policy: next.policy, retry: next.retry })
  })
  it('takes a value away that is no longer given', () => {
    const current = load({ classes: { cpu_short: { concurrency: 7 } }, docker: { default_image: 'python:3.12' } })
    const { config, changed } = reloadConfig(current, load({}))
    expect(changed).toEqual(['classes.cpu_short.concurrency', 'docker.default_image'])
    expect(config).toEqual(load({}))
  })
  it('leaves the one at hand as it was', () => {
    const current = load({})
    const before = structuredClone(current)
    reloadConfig(current, load({ policy: { allowed_networks: ['host'] } }))
    expect(current).toEqual(before)
  })
  it('is nothing new when it is the same', () => {
    expect(reloadConfig(load({}), load({}))).toEqual({ config: load({}), changed: [], needRestart: [] })
  })
})

it('never takes anew where data lies, who is listened to, who may call, or how tasks are isolated', () => {
  const fixed = configKeys.map(({ path }) => path).filter((path) => !isReloadable(path))
  expect(fixed).toEqual(
    expect.arrayContaining(['data_dir', 'runner.id', 'http.listen', 'grpc.listen', 'auth.allow_loopback', 'native.sandbox', 'docker.host', 'docker.user', 'logs.dir']),
  ) // prettier-ignore
})
