import { normalize } from 'node:path'
import type { ResultDocument } from '../runner/task-document.ts'

/** Exit codes with which commands say that they found no file: of most programs, of python3 and grep, of shells. */
const notFoundCodes: ReadonlySet<number> = new Set([1, 2, 126, 127])

/** What to tell the caller of `run` whose command names a file of the current directory, which a task does not see; null when that is not why it failed.
 * @param exists whether a relative path leads to something here */
export const unseenFileHint = (
  cmd: readonly string[],
  { error_code: code, exit_code: exitCode }: Pick<ResultDocument, 'error_code' | 'exit_code'>,
  isOwnRunner: boolean,
  exists: (path: string) => boolean,
): string | null => {
  if (code !== 'COMMAND_NOT_FOUND' && !(code === 'EXIT_NONZERO' && notFoundCodes.has(exitCode ?? 0))) return null
  const file = cmd.find((word, index) => !/^[-/]|^$/.test(word) && (index > 0 || word.includes('/')) && exists(word))
  if (file === undefined) return null
  const seen = normalize(file).startsWith('..') ? '/src/…' : `/src/${normalize(file)}`
  const mount = isOwnRunner
    ? '--set "policy.allowed_mounts=$PWD" --mount "$PWD:/src"'
    : '--mount "$PWD:/src", where policy.allowed_mounts of its runner allows it'
  return `the task does not see ${file} of this directory. Mount it and name ${seen}: ${mount}`
}
