import { open, readFile, realpath, rm, stat } from 'node:fs/promises'
import { RunnerError } from '../../src/domain/errors.ts'
import { diskError, errnoOf } from './disk-error.ts'
import { replaceFile } from './replace-file.ts'

/** Changes a small text file as a whole: readers see the old text or the new one. Owner and mode stay; a new file has the mode 0600. Two that change it at once do
 * not lose each other's work: the second is refused. `change` is given '' for a file that is not there.
 * @throws RunnerError `CONFIG_INVALID`, and what `change` throws */
export const editFile = async (path: string, change: (text: string) => string): Promise<void> => {
  try {
    const target = await realpath(path).catch((cause: unknown) => (errnoOf(cause) === 'ENOENT' ? path : Promise.reject(cause as Error)))
    await alone(`${target}.lock`, async () => {
      const like = await stat(target).catch(() => null)
      const text = like === null ? '' : await readFile(target, 'utf8')
      await replaceFile(target, change(text), like ?? undefined)
    })
  } catch (cause) {
    throw diskError('CONFIG_INVALID', 'changing', path, cause)
  }
}

const alone = async (lock: string, work: () => Promise<void>): Promise<void> => {
  try {
    await (await open(lock, 'wx', 0o600)).close()
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw cause
    throw new RunnerError('CONFIG_INVALID', `another process changes the file just now: there is ${lock}`, {
      hint: 'Try again; remove it if no such process runs',
      cause,
    })
  }
  try {
    await work()
  } finally {
    await rm(lock, { force: true })
  }
}
