import { spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { defaultUidRange } from '../../../adapters/native/index.ts'
import { probeNative, type Finding } from '../../../adapters/native/probe.ts'
import type { Config } from '../../config/schema.ts'
import type { Check } from './check.ts'

/** There and writable, or possible to make. Nothing is made. */
export const checkDataDir = ({ data_dir: dataDir }: Config): Check => {
  const there = existsSync(dataDir)
  let directory = dataDir
  while (!existsSync(directory)) directory = dirname(directory)
  if (!statSync(directory).isDirectory())
    return { name: 'data directory', status: 'fail', message: `${directory} is not a directory`, hint: 'Choose another data_dir' }
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    return {
      name: 'data directory',
      status: 'ok',
      message: there ? `${dataDir} can be written` : `${dataDir} is not there yet and can be made`,
    }
  } catch {
    return {
      name: 'data directory',
      status: 'fail',
      message: `${directory} cannot be written by user ${process.getuid?.() ?? '?'}`,
      hint: 'Choose another with --data-dir, or run as the user that owns it',
    }
  }
}

const statusOf = { ok: 'ok', limited: 'warn', failed: 'fail' } as const satisfies Record<Finding['status'], Check['status']>

/** What native tasks rest on, tried out as they will use it. A data directory that is not there is not made: its parent stands in. */
export const checkNative = (config: Config): Check[] => {
  const dataDir = existsSync(config.data_dir) ? config.data_dir : null
  const place = dataDir ?? mkdtempSync(join(tmpdir(), 'env-runner-doctor-'))
  if (dataDir === null) chmodSync(place, 0o711) // as a data directory is: tasks pass through it as other users
  try {
    const uids = { ...defaultUidRange, base: config.native.uid_base }
    return probeNative({ dataDir: place, installation: 'doctor', sandbox: config.native.sandbox, uids })
      .filter(({ name }) => dataDir !== null || name !== 'work directory')
      .map(({ name, status, message, hint }) => ({ name, status: statusOf[status], message, hint }))
  } finally {
    if (dataDir === null) rmSync(place, { recursive: true, force: true })
  }
}

/** Whether the middle of an overlong log can be given back. */
export const checkPunchHole = ({ data_dir: dataDir }: Config): Check => {
  const directory = mkdtempSync(join(existsSync(dataDir) ? dataDir : tmpdir(), '.doctor-'))
  try {
    const file = join(directory, 'log')
    writeFileSync(file, Buffer.alloc(65_536))
    const { status, error, stderr } = spawnSync('fallocate', ['--punch-hole', '--offset', '4096', '--length', '4096', file], {
      encoding: 'utf8',
    })
    if (status === 0) return { name: 'log cap', status: 'ok', message: 'fallocate gives the middle of overlong logs back' }
    return {
      name: 'log cap',
      status: 'warn',
      message: `fallocate --punch-hole does not work: ${error?.message ?? stderr.trim()}`,
      hint: 'Install util-linux and keep logs on ext4, xfs, btrfs or tmpfs; without it overlong logs take their whole space',
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
