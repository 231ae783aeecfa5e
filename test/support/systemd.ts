import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const manager = '/lib/systemd/systemd'

/** A service manager of its own takes root, systemd, and namespaces. */
export const canRunSystemd = (): boolean =>
  process.getuid!() === 0 && existsSync(manager) && spawnSync('unshare', ['-m', '-p', '-f', '--mount-proc', 'true']).status === 0

/** The real service manager, in a process and mount namespace and in control groups of its own: nothing of it touches this host's, and everything it started ends
 * with the script. It is a user's instance, run by root: it reads the same unit files and carries out the same settings, but for its directories in a home. */
export const runUnderSystemd = (unit: { readonly name: string; readonly text: string; readonly dropIn: string }, script: string) => {
  const home = mkdtempSync(join(tmpdir(), 'env-runner-systemd-'))
  const units = join(home, 'systemd/user')
  mkdirSync(join(units, `${unit.name}.d`), { recursive: true })
  writeFileSync(join(units, unit.name), unit.text)
  writeFileSync(join(units, `${unit.name}.d`, 'test.conf'), unit.dropIn)
  const group = `env-runner-test-${process.pid}`
  const groups = groupTrees().map((tree) => join(tree, group))
  groups.forEach((path) => mkdirSync(path))
  try {
    const lines = [
      ...groups.map((path) => `echo $$ > ${path}/cgroup.procs`),
      `exec unshare -m -p -f --mount-proc --kill-child sh -c "$BOOT"`,
    ]
    const boot = `
      set -e
      mount -t tmpfs tmpfs /run
      mkdir -p /run/systemd/system /run/user/0
      export XDG_RUNTIME_DIR=/run/user/0 XDG_CONFIG_HOME=${home} XDG_STATE_HOME=${home}/state HOME=${home}
      SYSTEMD_LOG_TARGET=console ${manager} --user >&2 2>&1 &
      until systemctl --user is-active basic.target >/dev/null 2>&1; do sleep 0.1; done
      set +e
      ${script}`
    const { status, stdout, stderr } = spawnSync('sh', ['-c', lines.join('\n')], {
      env: { PATH: process.env['PATH'], BOOT: boot },
      encoding: 'utf8',
      timeout: 120_000,
      killSignal: 'SIGKILL',
    })
    return { status, stdout, stderr }
  } finally {
    groups.forEach(removeGroup)
    rmSync(home, { recursive: true, force: true })
  }
}

/** Where control groups can be made: the trees of v1 that take processes as they are, or the one of v2. */
const groupTrees = (): string[] => {
  const root = '/sys/fs/cgroup'
  if (existsSync(join(root, 'cgroup.controllers'))) return [root]
  return ['systemd', 'unified', 'cpu', 'cpuacct', 'memory', 'pids'].map((name) => join(root, name)).filter((path) => existsSync(path))
}

const removeGroup = (path: string): void => {
  for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) removeGroup(join(path, entry.name))
  rmdirSync(path)
}
