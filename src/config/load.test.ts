import { describe, expect, it } from 'vitest'
import { RunnerError } from '../domain/errors.ts'
import { configKeys } from './keys.ts'
import { formatProblem, loadConfig, readConfig, type ConfigSources } from './load.ts'

const host = { uid: 1000, home: '/home/u', hostname: 'box', cwd: '/here' }
const load = (sources: Partial<ConfigSources>) => loadConfig({ host, ...sources })
const problemsOf = (sources: Partial<ConfigSources>): string[] => readConfig({ host, ...sources }).problems.map(formatProblem)
const toml = (text: string) => ({ file: { path: 'c.toml', text } })

describe('with nothing given', () => {
  it('has every default, and the paths of an ordinary user', () => {
    const { config, origins } = load({})
    expect(config).toMatchObject({
      data_dir: '/home/u/.local/state/env-runner',
      runner: { id: 'box' },
      http: { listen: '127.0.0.1:8083', also: [] },
      classes: { cpu_short: { timeout_seconds: 60 }, cpu_long: { timeout_seconds: 900 } },
      native: { sandbox: 'bubblewrap', oversubscribe: false },
      logs: { dir: '/home/u/.local/state/env-runner/logs', level: 'info' },
    })
    expect(new Set(origins.values())).toEqual(new Set(['default']))
  })
  it('keeps to the system directories as root, and to the data directory when that was moved', () => {
    const root = { host: { ...host, uid: 0 } }
    expect(load(root).config).toMatchObject({ data_dir: '/var/lib/env-runner', logs: { dir: '/var/log/env-runner' } })
    expect(load({ ...root, set: ['data_dir=/srv/x/'] }).config).toMatchObject({ data_dir: '/srv/x', logs: { dir: '/srv/x/logs' } })
  })
  it('follows XDG_STATE_HOME when it is absolute', () => {
    expect(load({ host: { ...host, xdgStateHome: '/state/' } }).config.data_dir).toBe('/state/env-runner')
    expect(load({ host: { ...host, xdgStateHome: 'state' } }).config.data_dir).toBe('/home/u/.local/state/env-runner')
  })
  it.each([
    ['code', { object: { data_dir: './data' } }, '/here/data'],
    ['a variable', { environment: { ENV_RUNNER_DATA_DIR: './d/' } }, '/here/d'],
    ['a flag', { set: ['data_dir=../d'] }, '/d'],
    ['a file named from here', { file: { path: 'conf/c.toml', text: 'data_dir = "data"' } }, '/here/conf/data'],
    ['a file elsewhere', { file: { path: '/etc/env-runner/config.toml', text: 'data_dir = "../x"' } }, '/etc/x'],
  ])('takes a relative path of %s', (_, sources, dataDir) => {
    expect(load(sources).config).toMatchObject({ data_dir: dataDir, logs: { dir: `${dataDir}/logs` } })
  })
  it('takes a relative directory of logs against where it was given, not against the data directory', () => {
    expect(load({ file: { path: '/etc/c.toml', text: '[logs]\ndir = "l"' }, set: ['data_dir=/srv/x'] }).config.logs.dir).toBe('/etc/l')
    expect(load({ set: ['logs.dir=l', 'data_dir=/srv/x'] }).config.logs.dir).toBe('/here/l')
  })
  it('gives no two configurations the same array', () => {
    expect(load({}).config.http.also).not.toBe(load({}).config.http.also)
  })
})

describe('precedence', () => {
  const weak = {
    ...toml('[retry]\nbase_ms = 1\nfactor = 3\ncap_ms = 70_000\nattempts = 4'),
    environment: { ENV_RUNNER_RETRY_BASE_MS: '2', ENV_RUNNER_RETRY_FACTOR: '4', ENV_RUNNER_RETRY_ATTEMPTS: '5' },
  }
  it('is file, environment, code, flag; and the origin is told', () => {
    const { config, origins } = load({
      ...weak,
      object: { retry: { base_ms: 3, attempts: 6 } },
      set: ['retry.base_ms=9', 'retry.base_ms=10'],
    })
    expect(config.retry).toMatchObject({ base_ms: 10, attempts: 6, factor: 4, cap_ms: 70_000 })
    expect(['base_ms', 'attempts', 'factor', 'cap_ms', 'jitter'].map((name) => origins.get(`retry.${name}`))).toEqual([
      'flag --set retry.base_ms', 'code', 'environment ENV_RUNNER_RETRY_FACTOR', 'file c.toml:4', 'default',
    ]) // prettier-ignore
  })
  it('still reports a wrong value that a stronger source overrides', () => {
    expect(problemsOf({ ...toml('[retry]\nattempts = "x"'), set: ['retry.attempts=2'] })).toHaveLength(1)
  })
})

describe('texts of variables and flags', () => {
  it('are read by the type of their key', () => {
    const { config } = load({
      environment: {
        ENV_RUNNER_NATIVE_OVERSUBSCRIBE: 'true',
        ENV_RUNNER_HTTP_ALSO: '127.0.0.1:1, [::1]:2',
        ENV_RUNNER_CLASSES_CPU_SHORT_TIMEOUT_SECONDS: '1.5',
        ENV_RUNNER_LOGS_MAX_BYTES: '1_000_000',
      },
      set: ['policy.allowed_mounts=["/a,b","/c"]', 'policy.allowed_networks='],
    })
    expect(config).toMatchObject({
      native: { oversubscribe: true },
      http: { also: ['127.0.0.1:1', '[::1]:2'] },
      classes: { cpu_short: { timeout_seconds: 1.5 } },
      logs: { max_bytes: 1_000_000 },
      policy: { allowed_mounts: ['/a,b', '/c'], allowed_networks: [] },
    })
  })
  it('takes an empty variable as unset', () => {
    expect(load({ environment: { ENV_RUNNER_DATA_DIR: '', ENV_RUNNER_RETRY_ATTEMPTS: '' } }).config.retry.attempts).toBe(3)
  })
  it('leaves the variables that are not keys alone', () => {
    expect(
      problemsOf({ environment: { ENV_RUNNER_CONFIG: 'x', ENV_RUNNER_REQUIRE_SERVICES: '1', ENV_RUNNER_EVENTS: '/work/e', PATH: '/bin' } }),
    ).toEqual([])
  })
})

describe('mistakes', () => {
  it.each([
    ['a mistyped key', toml('[retry]\nbase_ns = 5'), 'retry.base_ns [file c.toml:2] is not a key; did you mean retry.base_ms?'],
    ['a key in no table', toml('base_ms = 5'), 'base_ms [file c.toml:1] is not a key; did you mean retry.base_ms?'],
    [
      'a mistyped variable',
      { environment: { ENV_RUNNER_RETRY_BASEMS: '5' } },
      'ENV_RUNNER_RETRY_BASEMS [environment ENV_RUNNER_RETRY_BASEMS] is not a variable of env-runner; did you mean ENV_RUNNER_RETRY_BASE_MS?',
    ],
    [
      'a mistyped flag',
      { set: ['native.sandbx=none'] },
      'native.sandbx [flag --set native.sandbx] is not a key; did you mean native.sandbox?',
    ],
    ['a class that does not exist yet', { set: ['classes.gpu.concurrency=1'] }, 'did you mean classes.cpu_long.concurrency?'],
    ['a flag without a value', { set: ['retry.base_ms'] }, 'has no value; write --set key=value'],
    ['a flag for a table', { set: ['retry=3'] }, 'is a table'],
    ['a value for a table', toml('retry = 3'), 'retry [file c.toml:1] is a table; set retry.attempts'],
    ['a table for a value', toml('[retry.base_ms]\nx = 1'), 'retry.base_ms [file c.toml:1] = {"x":1}: invalid input: expected number'],
    [
      'a text for a number',
      { environment: { ENV_RUNNER_RETRY_BASE_MS: 'fast' } },
      'retry.base_ms [environment ENV_RUNNER_RETRY_BASE_MS] = "fast": invalid input: expected number, received string',
    ],
    ['a text for a boolean', { set: ['native.oversubscribe=yes'] }, '= "yes": invalid input: expected boolean'],
    ['a fraction', toml('[retry]\nattempts = 1.5'), '= 1.5: must be a whole number'],
    ['a negative number', { set: ['retry.base_ms=-1'] }, '= -1: must be at least 0'],
    ['a number beyond the bound', { set: ['retry.base_ms=1e300'] }, '= 1e+300: '],
    ['an infinite number', toml('[retry]\nfactor = inf'), '= Infinity: '],
    ['not a number', toml('[retry]\nfactor = nan'), '= NaN: '],
    ['no time at all', { set: ['classes.cpu_short.timeout_seconds=0'] }, '= 0: must be at least 0.001'],
    ['a word outside the choice', { set: ['native.sandbox=docker'] }, 'must be "bubblewrap" or "none"'],
    ['an empty path', { set: ['data_dir='] }, 'data_dir [flag --set data_dir] = "": must not be empty'],
    ['an empty path in code', { object: { data_dir: '' } }, 'data_dir [code] = "": must not be empty'],
    ['a path with ~', toml('data_dir = "~/data"'), 'data_dir [file c.toml:1] = "~/data": must be written out: ~ is not expanded here'],
    ['a NUL in a path', toml('data_dir = "/a\\u0000b"'), 'must not hold a NUL character'],
    ['a port out of range', { set: ['http.listen=127.0.0.1:65536'] }, 'must be HOST:PORT'],
    ['an address without a port', { set: ['http.listen=localhost'] }, 'must be HOST:PORT'],
    [
      'a wrong item of a list',
      { set: ['policy.allowed_mounts=/a,b'] },
      'policy.allowed_mounts[1] [flag --set policy.allowed_mounts] = ["/a","b"]: must be an absolute path',
    ],
    ['broken JSON for a list', { set: ['policy.allowed_mounts=["/a"'] }, 'expected array, received string'],
    ['a date', toml('data_dir = 2026-01-01'), 'expected string'],
    ['broken TOML', toml('[retry]\nbase_ms ='), '[file c.toml:2] is not TOML: '],
    [
      'a cap below the first pause',
      { set: ['retry.cap_ms=5'] },
      'retry.cap_ms [flag --set retry.cap_ms] = 5: is less than retry.base_ms, 1000',
    ],
    [
      'a class slower than the total',
      { set: ['timeouts.total_seconds=100'] },
      'classes.cpu_long.timeout_seconds [default] = 900: is more than timeouts.total_seconds, 100',
    ],
    ['a tail longer than the log', { set: ['logs.tail_bytes=100000', 'logs.max_bytes=65536'] }, 'logs.tail_bytes'],
  ])('refuses %s and says where it is', (_, sources, expected) => {
    expect(problemsOf(sources).join('\n')).toContain(expected)
  })
  it('reports all of them, of every source, as one error', () => {
    const sources = {
      ...toml('x = 1\n[retry]\nattempts = 0'),
      environment: { ENV_RUNNER_NOPE: '1' },
      set: ['native.sandbox=x', 'y=1'],
      host,
    }
    expect(readConfig(sources).problems).toHaveLength(5)
    const refusal = expect(() => loadConfig(sources))
    refusal.toThrow(RunnerError)
    refusal.toThrow(/x \[file c\.toml:1\].*retry\.attempts \[file c\.toml:3\].*ENV_RUNNER_NOPE.*y \[flag.*native\.sandbox/)
  })
  it('is not fooled by __proto__', () => {
    expect(problemsOf(toml('[__proto__]\nx = 1'))[0]).toContain('__proto__ [file c.toml:1] is not a key')
    expect(problemsOf({ object: JSON.parse('{"__proto__": {"x": 1}}') as object })[0]).toContain('is not a key')
    expect(({} as { x?: number }).x).toBeUndefined()
  })
})

describe('the keys', () => {
  it('have one variable each', () => {
    expect(new Set(configKeys.map(({ variable }) => variable)).size).toBe(configKeys.length)
  })
  it('have a description, and a default or the words for it', () => {
    for (const { path, description, derived, defaultValue } of configKeys) {
      expect(description, path).toMatch(/\.$/)
      expect(derived ?? defaultValue, path).toBeDefined()
    }
  })
})

it('takes an image that can be named, and refuses another by the name of its key', () => {
  expect(load({ set: ['docker.default_image=python:3.12'] }).config.docker.default_image).toBe('python:3.12')
  expect(problemsOf({ set: ['docker.default_image=No Such'] })).toEqual([expect.stringContaining('docker.default_image')])
})

describe('addresses that other hosts reach', () => {
  const tokens = 'auth.tokens_file=/t.toml'
  it.each([
    ['http.listen', '0.0.0.0:8083'],
    ['http.listen', '[::]:8083'],
    ['http.also', '192.0.2.7:9097'],
    ['grpc.listen', 'runner.example:9098'],
    ['grpc.also', '["[2001:db8::1]:50100"]'],
  ])('%s=%s is refused as long as nothing says who may call', (key, address) => {
    expect(problemsOf({ set: [`${key}=${address}`] })).toEqual([
      expect.stringMatching(/^\S+ \[flag --set .*: is reached from other hosts.*env-runner token create/),
    ])
    expect(problemsOf({ set: [`${key}=${address}`, tokens] })).toEqual([])
  })
  it.each(['127.0.0.1:0', '127.9.9.9:1', '[::1]:1', 'localhost:1'])('are not %s', (address) => {
    expect(problemsOf({ set: [`http.listen=${address}`, `grpc.also=["${address}"]`] })).toEqual([])
  })
  it('are not made good by allow_loopback, nor by authorities alone', () => {
    expect(problemsOf({ set: ['http.listen=0.0.0.0:1', 'auth.allow_loopback=true'] })).toHaveLength(1)
    const tls = ['tls.cert_file=/c', 'tls.key_file=/k', 'tls.client_ca_file=/a']
    expect(problemsOf({ set: ['http.listen=0.0.0.0:1', ...tls] })).toEqual([
      expect.stringContaining('http.listen'),
      'tls.client_ca_file [flag --set tls.client_ca_file] needs auth.tokens_file: it says which certificate may do what',
    ])
    expect(problemsOf({ set: ['http.listen=0.0.0.0:1', ...tls, tokens] })).toEqual([])
  })
})
it.each([
  [['tls.cert_file=/c'], 'tls.cert_file [flag --set tls.cert_file] needs tls.key_file'],
  [['tls.key_file=/k'], 'tls.key_file [flag --set tls.key_file] needs tls.cert_file'],
  [['tls.client_ca_file=/a', 'auth.tokens_file=/t'], 'tls.client_ca_file [flag --set tls.client_ca_file] needs tls.cert_file'],
])('refuses half of TLS: %s', (set, problem) => {
  expect(problemsOf({ set })).toEqual([problem])
})
