import { expect, it } from 'vitest'
import { gatherSources, type ConfigOptions } from './gather.ts'

const fileOf = (files: Record<string, string>, options: ConfigOptions) =>
  gatherSources(options, {
    readHostFacts: () => ({ uid: 1000, home: '/home/u', hostname: 'box', cwd: '/here' }),
    readConfigText: (path) => files[path],
  }).file?.path

const usual = '/home/u/.config/env-runner/config.toml'
const system = '/etc/env-runner/config.toml'

it('prefers the named file, then the variable, then the user, then the system', () => {
  const files = { a: '', b: '', [usual]: '', [system]: '' }
  expect(fileOf(files, { configFile: 'a', env: { ENV_RUNNER_CONFIG: 'b' } })).toBe('a')
  expect(fileOf(files, { env: { ENV_RUNNER_CONFIG: 'b' } })).toBe('b')
  expect(fileOf(files, { env: { ENV_RUNNER_CONFIG: '' } })).toBe(usual)
  expect(fileOf({ [system]: '' }, { env: {} })).toBe(system)
  expect(fileOf({}, { env: {} })).toBeUndefined()
})
it('looks for no file when the environment is not given: a library reads what it is told to read', () => {
  expect(fileOf({ [system]: '' }, {})).toBeUndefined()
})
it('refuses a named file that is not there', () => {
  expect(() => fileOf({ [system]: '' }, { configFile: 'nope.toml', env: {} })).toThrow(/there is no file nope.toml/)
  expect(() => fileOf({}, { env: { ENV_RUNNER_CONFIG: 'nope.toml' } })).toThrow(/there is no file nope.toml/)
})
