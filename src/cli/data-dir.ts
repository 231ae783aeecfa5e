import { readdirSync, statSync } from 'node:fs'
import type { DataLayout } from '../../adapters/filesystem/layout.ts'
import { RunnerError } from '../domain/errors.ts'

/** Says of another user's data directory that it is that. One that is not there yet passes.
 * @throws RunnerError `DATA_DIR_UNUSABLE` */
export const assertOurs = ({ dataDir }: Pick<DataLayout, 'dataDir'>): void => {
  try {
    readdirSync(dataDir)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EACCES') return // whoever uses it says what is wrong with it
    throw new RunnerError('DATA_DIR_UNUSABLE', `${dataDir} ${ownerOf(dataDir)}, and user ${process.geteuid!()} may not read it`, {
      path: 'data_dir',
      hint: 'Call as its user, or name a directory of your own: --data-dir DIR',
      cause,
    })
  }
}

const ownerOf = (path: string): string => {
  try {
    return `belongs to user ${statSync(path).uid}`
  } catch {
    return 'is out of reach'
  }
}
