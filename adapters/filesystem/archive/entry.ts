import { RunnerError } from '../../../src/domain/errors.ts'

/** One member of an archive. `bytes` are read to their end before the next member is asked for. */
export interface ArchiveEntry {
  /** As the archive has it. */
  readonly path: string
  readonly kind: 'file' | 'directory'
  readonly isExecutable: boolean
  readonly bytes: AsyncIterable<Uint8Array>
}

export const archiveRefused = (why: string, hint: string, cause?: unknown): RunnerError =>
  new RunnerError('ARCHIVE_REFUSED', `the archive ${why}`, { hint, cause })

export const archiveDamaged = (why: string, cause?: unknown): RunnerError =>
  archiveRefused(`is damaged: ${why}`, 'Make it again, and compare its checksum', cause)

/** A path of an archive, cut for a message. */
export const shown = (path: string): string => JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path)

export const linkRefused = (path: string): RunnerError =>
  archiveRefused(`holds the link ${shown(path)}`, 'Pack files and directories alone: let tar follow links (tar -h --hard-dereference)')

export const deviceRefused = (path: string): RunnerError =>
  archiveRefused(`holds ${shown(path)}, a device or FIFO`, 'Pack files and directories alone')
