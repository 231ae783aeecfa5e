import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { diskError } from './disk-error.ts'
import { makeDirectories } from './make-directories.ts'

/** The Python package that tasks import: in the directory `runtime` of the sources, or of the installed package when this is its compiled program. */
const shipped = (): string | null => {
  const places = ['../../runtime/python', '../../../runtime/python'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  return places.find((path) => existsSync(join(path, 'env_runner'))) ?? null
}

/** Copies what tasks import below the data directory, where every task's user can reach it: the package itself may lie in a home directory that lets nobody in.
 * A directory per content: a task that still runs with an earlier version keeps it.
 * @returns the directory that holds the Python package `env_runner`; null where this installation ships none
 * @throws RunnerError `DATA_DIR_UNUSABLE` */
export const installTaskRuntime = async (dataDir: string): Promise<string | null> => {
  const source = shipped()
  if (source === null) return null
  const files = globSync('**/*.py', { cwd: source }).sort().map((path) => ({ path, text: readFileSync(join(source, path)) })) // prettier-ignore
  const hash = createHash('sha256')
  for (const { path, text } of files) hash.update(`${path}\0${text.length}\0`).update(text)
  const target = join(dataDir, 'runtime', `python-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(target)) return target
  const fresh = `${target}.new`
  try {
    rmSync(fresh, { recursive: true, force: true })
    for (const { path, text } of files) {
      await makeOpen(dataDir, dirname(join(fresh, path)))
      writeFileSync(join(fresh, path), text)
      await chmod(join(fresh, path), 0o644)
    }
    renameSync(fresh, target)
    return target
  } catch (cause) {
    throw diskError('DATA_DIR_UNUSABLE', 'installing what tasks import below', dataDir, cause)
  }
}

/** A directory, and those between it and the data directory, that every user may read, whatever the umask is. */
const makeOpen = async (dataDir: string, path: string): Promise<void> => {
  await makeDirectories(path)
  for (let each = path; each !== dataDir; each = dirname(each)) await chmod(each, 0o755)
}
