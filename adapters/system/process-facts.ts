import { readFileSync } from 'node:fs'
import { homedir, hostname, userInfo } from 'node:os'
import { RunnerError } from '../../src/domain/errors.ts'

/** What the defaults of the configuration depend on (`HostFacts` of src/config), for a process with this environment. */
export const readHostFacts = (env: Readonly<Record<string, string | undefined>>) => ({
  uid: userInfo().uid,
  home: env['HOME'] || homedir(),
  hostname: hostname(),
  cwd: process.cwd(),
  xdgStateHome: env['XDG_STATE_HOME'],
  xdgConfigHome: env['XDG_CONFIG_HOME'],
})

/** A file's text; undefined when there is no such file.
 * @throws RunnerError `CONFIG_INVALID` when it is there and cannot be read */
export const readConfigText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new RunnerError('CONFIG_INVALID', `${path} cannot be read: ${message}`, {
      path,
      hint: 'Name a TOML file that the user of the runner can read',
      cause,
    })
  }
}
