import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCli, type Cli } from '../support/cli.ts'

let cli: Cli
let file: string
beforeEach(() => {
  cli = createCli()
  file = join(cli.directory, 'tokens.toml')
})
afterEach(() => cli.end())

const create = (name: string, ...more: string[]) =>
  cli.call(['token', 'create', '--file', file, '--name', name, '--tenant', 'acme', '--role', 'submit', ...more])

describe('token create', () => {
  it('prints the token once on stdout, and keeps its hash alone, for the owner of the file', async () => {
    const { code, stdout, stderr } = await create('ci', '--expires', '90d')
    const token = stdout.toString().trimEnd()
    expect([code, token]).toEqual([0, expect.stringMatching(/^er_[A-Za-z0-9_-]{43}$/)])
    expect(readFileSync(file, 'utf8')).toMatch(
      /^\[\[tokens\]\]\nname = "ci"\nsha256 = "[0-9a-f]{64}"\ntenant = "acme"\nrole = "submit"\nexpires_at = 2/,
    )
    expect(readFileSync(file, 'utf8') + stderr).not.toContain(token)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })
  it.each([
    [['--expires', '5y'], 'INVALID_SPEC: "5y" is no time to come'],
    [['--expires', '2001-01-01T00:00:00Z'], 'INVALID_SPEC: '],
    [['--name', 'a b'], 'INVALID_SPEC: must be 1 to 64 of'],
    [['--name', 'owner'], 'INVALID_SPEC: is taken'],
    [['--tenant', ''], 'INVALID_SPEC: must be a tenant'],
    [['--role', 'root'], 'USAGE: '],
  ])('refuses %o with 2 and one line, and writes nothing', async (args, said) => {
    const { code, stdout, stderr } = await create('ci', ...args)
    expect([code, stdout.toString(), stderr.startsWith(`env-runner: ${said}`), stderr.split('\n').length]).toEqual([2, '', true, 2])
    expect(() => statSync(file)).toThrow('ENOENT')
  })
})

it('token list shows who may call, token revoke takes it back; both find the file by the configuration', async () => {
  const configured = { env: { ENV_RUNNER_AUTH_TOKENS_FILE: file } }
  await create('ci', '--expires', '2999-01-01T00:00:00Z')
  await create('ops')
  const listed = await cli.call(['token', 'list'], configured)
  expect(listed.stdout.toString()).toBe(
    'NAME  KIND   TENANT  ROLE    EXPIRES\nci    token  acme    submit  2999-01-01T00:00:00.000Z\nops   token  acme    submit  never\n',
  )
  expect((await cli.call(['token', 'revoke', 'ci'], configured)).stdout.toString()).toBe('ci is revoked\n')
  expect(JSON.parse((await cli.call(['token', 'list', '--json'], configured)).stdout.toString())).toEqual({
    entries: [{ name: 'ops', kind: 'token', tenant: 'acme', role: 'submit', expires_at: null, expired: false }],
  })
  const again = await cli.call(['token', 'revoke', 'ci'], configured)
  expect([again.code, again.stderr]).toEqual([2, expect.stringMatching(/^env-runner: NOT_FOUND: [^\n]*\n$/)])
})
it('serve lets in who was added, and no longer who was revoked, without a restart; the socket stays its owner’s', async () => {
  const token = (await create('ci')).stdout.toString().trimEnd()
  const { ready, stderr } = await cli.serve(['--set', `auth.tokens_file=${file}`])
  const status = async (shown: string) =>
    (await fetch(`${ready.http}/api/v1/tasks`, { headers: { authorization: `Bearer ${shown}` } })).status
  expect([(await fetch(`${ready.http}/api/v1/tasks`)).status, await status(token)]).toEqual([401, 200])
  const second = (await create('second')).stdout.toString().trimEnd()
  await expect.poll(() => status(second), { timeout: 10_000 }).toBe(200)
  await cli.call(['token', 'revoke', 'ci', '--file', file])
  await expect.poll(() => status(token), { timeout: 10_000 }).toBe(401)
  expect((await cli.call(['list'])).code).toBe(0)
  expect(stderr()).not.toContain('er_')
})
it('serve refuses an address of other hosts without a file of tokens, and a file that is wrong, with 2 and one line', async () => {
  const open = await cli.call(['serve', '--listen', '0.0.0.0:0'])
  expect([open.code, open.stdout.toString(), open.stderr]).toEqual([
    2,
    '',
    expect.stringMatching(/^env-runner: CONFIG_INVALID: http\.listen \[flag[^\n]*env-runner token create[^\n]*\n$/),
  ])
  const missing = await cli.call(['serve', '--listen', '127.0.0.1:0', '--set', `auth.tokens_file=${file}`])
  expect([missing.code, missing.stdout.toString(), missing.stderr]).toEqual([
    2,
    '',
    expect.stringMatching(/^env-runner: CONFIG_INVALID: [^\n]*tokens\.toml[^\n]*\n$/),
  ])
})
