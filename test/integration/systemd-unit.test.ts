import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requireService } from '../require-service.ts'
import { canRunSystemd, runUnderSystemd } from '../support/systemd.ts'

const root = join(import.meta.dirname, '../..')
const path = join(root, 'deploy/env-runner.service')
const text = readFileSync(path, 'utf8')
const main = join(root, 'src/cli/main.ts')

const hasAnalyze = requireService('systemd-analyze', spawnSync('systemd-analyze', ['--version']).status === 0, 'apt-get install systemd')
const hasSystemd = requireService(
  'systemd',
  canRunSystemd() && existsSync('/usr/bin/bwrap'),
  'run as root, with systemd, unshare and bubblewrap installed',
)

/** The twelve that the unit names, as bits (capabilities(7)); what this host does not give, nobody has. */
const unitCapabilities = 0x10805ffn
const ownCapabilities = (): bigint => BigInt(`0x${/^CapBnd:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]!}`)

describe.skipIf(!hasAnalyze)('the unit', () => {
  it('is understood by systemd, every line of it', () => {
    const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--recursive-errors=no', path], { encoding: 'utf8' })
    const said = (stdout + stderr).split('\n').filter((line) => line !== '' && !/Command \S+ is not executable/.test(line)) // it is not installed here
    expect(said).toEqual([])
  })
})

describe.skipIf(!hasSystemd)('a runner under the unit', () => {
  let directory = ''
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'env-runner-unit-'))
    spawnSync('chmod', ['711', directory])
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  const cli = `${process.execPath} ${main}`
  const run = (script: string, more = '') =>
    runUnderSystemd(
      {
        name: 'env-runner.service',
        text,
        dropIn: `[Service]
ExecStart=
ExecStart=${cli} serve --listen 127.0.0.1:0 --grpc-listen 127.0.0.1:0
Environment=ENV_RUNNER_DATA_DIR=${directory}/data ENV_RUNNER_LOGS_LEVEL=warn ENV_RUNNER_DOCKER_ENABLED=false
${more}`,
      },
      `export ENV_RUNNER_DATA_DIR=${directory}/data\n${script}`,
    )

  it('is ready, runs a task in its sandbox, reads its configuration again, and leaves a running task to the next process', () => {
    const { status, stdout, stderr } = run(`
      systemctl --user start env-runner || exit 1
      systemctl --user show env-runner -p StatusText
      grep CapBnd /proc/$(systemctl --user show env-runner -p MainPID --value)/status
      nsenter -m -t $(systemctl --user show env-runner -p MainPID --value) touch /usr/local/touched || echo '/usr is read-only'
      echo '{"payload": {"execution": {"command": ["sh", "-c", "id -u; cat /proc/1/comm; grep NoNewPrivs /proc/self/status"]}}}' > ${directory}/task.json
      ${cli} submit --wait --json ${directory}/task.json
      echo '{"id": "long", "payload": {"execution": {"command": ["sh", "-c", "echo up; sleep 6; exit 7"]}}}' > ${directory}/long.json
      ${cli} submit ${directory}/long.json
      until ${cli} logs long | grep -q up; do sleep 0.1; done
      systemctl --user reload env-runner && echo reloaded
      systemctl --user kill -s KILL --kill-whom=main env-runner
      until [ "$(systemctl --user show env-runner -p NRestarts --value)" = 1 ]; do sleep 0.1; done
      until systemctl --user is-active env-runner >/dev/null; do sleep 0.1; done
      ${cli} watch long; ${cli} status long --json
      systemctl --user stop env-runner && systemctl --user show env-runner -p Result -p ExecMainStatus`)
    expect([status, stderr]).toEqual([0, expect.any(String)])
    const lines = stdout.split('\n')
    expect(lines).toContainEqual(expect.stringMatching(/^StatusText=accepting on http:\/\/127\.0\.0\.1:\d+: 0 run, 0 wait$/))
    expect(lines).toContain(`CapBnd:\t${(unitCapabilities & ownCapabilities()).toString(16).padStart(16, '0')}`)
    expect(lines).toContain('/usr is read-only')
    const [first, long] = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(first).toMatchObject({ status: 'completed', logs: { stdout_tail: expect.stringMatching(/^\d{10}\nbwrap\nNoNewPrivs:\t1\n$/) } })
    expect(lines).toContain('reloaded')
    expect(long).toMatchObject({ status: 'failed', attempt: 1, result: { exit_code: 7, attempts: 1 } })
    expect(lines).toEqual(expect.arrayContaining(['Result=success', 'ExecMainStatus=0']))
  })
})
