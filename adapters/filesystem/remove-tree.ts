import { opendir, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { RunnerError } from '../../src/domain/errors.ts'
import { withDirectoryBelow } from './below.ts'
import { errnoOf } from './disk-error.ts'
import { runTool } from './run-tool.ts'

/** A directory with no more entries than this, all files, is removed here: most work directories are so, and a process costs 1 ms and more. */
const entriesMax = 32

/** Removes a directory and all below it, whatever a task made of it: millions of entries, trees deeper than any path is long, no right to read.
 * Follows no link and leaves the file system nowhere. What is more than a few files is left to `rm`, which walks by descriptors and beside our event loop.
 * Idempotent. Rejects with the signal's reason on abort.
 * @throws RunnerError `WORK_DIR_UNUSABLE` */
export const removeTree = async (path: string, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted()
  if (await removeFlat(path)) return
  const args = ['-rf', '--one-file-system', '--', path]
  let result = await runTool('rm', args, signal)
  if (result.code !== 0 && process.getuid?.() !== 0) {
    // Our own files, made unreadable. Root needs no right, and must not change modes where a task could still move links about.
    await runTool('chmod', ['-R', 'u+rwX', '--', path], signal)
    result = await runTool('rm', args, signal)
  }
  if (result.code !== 0)
    throw new RunnerError('WORK_DIR_UNUSABLE', `removing ${path} failed: ${result.stderr.split('\n')[0]}`, {
      hint: `Look for mounts and immutable files (lsattr) below ${path}, then remove it by hand`,
    })
}

/** True when it is gone. A link, or anything that is not as it should be, is left to `rm`. */
const removeFlat = async (path: string): Promise<boolean> => {
  try {
    const isEmpty = await withDirectoryBelow(path, [], async (directory) => {
      const names: string[] = []
      for await (const entry of await opendir(directory)) {
        if (entry.isDirectory() || names.length === entriesMax) return false
        names.push(entry.name)
      }
      for (const name of names) await unlink(join(directory, name))
      return true
    })
    if (isEmpty) await rmdir(path)
    return isEmpty
  } catch (cause) {
    return errnoOf(cause) === 'ENOENT'
  }
}
