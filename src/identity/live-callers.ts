import { RunnerError } from '../domain/errors.ts'
import type { FileReading, LiveFile, OpenLiveFile } from '../ports/live-file.ts'
import type { Logger } from '../ports/logger.ts'
import { nobody, type KnownCallers } from './known-callers.ts'
import { knownCallersOf, parseTokensFile } from './tokens-file.ts'

/** Who may call, as the tokens file says now. */
export interface LiveCallers extends LiveFile {
  current(): KnownCallers
}

/** Follows the tokens file. A change that is wrong changes nothing: the log says what is wrong, and those who were known before stay known.
 * @throws RunnerError `CONFIG_INVALID` when it is wrong from the beginning */
export const openLiveCallers = async (path: string, openFile: OpenLiveFile, logger: Logger): Promise<LiveCallers> => {
  let callers = nobody
  const take = ({ text, mode }: FileReading): void => {
    if ((mode & 0o002) !== 0)
      throw new RunnerError('CONFIG_INVALID', `everybody on this host may write to ${path}, and so make tokens`, {
        path: 'auth.tokens_file',
        hint: `chmod 600 ${path}`,
      })
    if ((mode & 0o004) !== 0) logger.warn({ path }, 'everybody on this host may read the tokens file: chmod 600')
    const file = parseTokensFile(text, path)
    callers = knownCallersOf(file)
    logger.info({ path, tokens: file.tokens.length, certificates: file.certificates.length }, 'the tokens file was read')
  }
  const failed = (cause: unknown): void => logger.error({ err: cause, path }, 'the tokens file is wrong: what it said before still holds')
  return { ...(await openFile(path, take, failed)), current: () => callers }
}
