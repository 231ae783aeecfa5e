/** What the defaults of paths and names depend on; the composition root reads it from the process. */
export interface HostFacts {
  readonly uid: number
  /** Home directory of the user. */
  readonly home: string
  readonly hostname: string
  /** The current directory; absolute. */
  readonly cwd: string
  /** `$XDG_STATE_HOME` and `$XDG_CONFIG_HOME`; relative values are ignored, as the XDG specification asks. */
  readonly xdgStateHome?: string | undefined
  readonly xdgConfigHome?: string | undefined
}

const absolute = (path: string | undefined): string | undefined => (path?.startsWith('/') ? path.replace(/\/+$/, '') : undefined)

const rootDataDir = '/var/lib/env-runner'

/** Default of `data_dir`. */
export const defaultDataDir = ({ uid, home, xdgStateHome }: HostFacts): string =>
  uid === 0 ? rootDataDir : `${absolute(xdgStateHome) ?? `${home}/.local/state`}/env-runner`

/** Default of `logs.dir`. A second data directory of root keeps its logs to itself: two runners never share a directory of logs unasked. */
export const defaultLogsDir = ({ uid }: HostFacts, dataDir: string): string =>
  uid === 0 && dataDir === rootDataDir ? '/var/log/env-runner' : `${dataDir}/logs`

/** The configuration files that are looked for when none is named: the first that exists is read. */
export const configFiles = ({ uid, home, xdgConfigHome }: HostFacts): string[] =>
  uid === 0
    ? ['/etc/env-runner/config.toml']
    : [`${absolute(xdgConfigHome) ?? `${home}/.config`}/env-runner/config.toml`, '/etc/env-runner/config.toml']

/** Default of `runner.id`: the host's name, with what an id may not hold replaced. */
export const defaultRunnerId = ({ hostname }: HostFacts): string =>
  hostname
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64) || 'runner'
