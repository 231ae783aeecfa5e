import type { ContainerInspectInfo } from 'dockerode'
import { RunnerError } from '../../src/domain/errors.ts'
import type { Exit } from '../../src/domain/exit.ts'
import { signalOfExitCode } from '../../src/domain/signals.ts'

/** When a container ended, Unix milliseconds; null where the engine has no time on record. */
export const endedAtOf = ({ State }: ContainerInspectInfo): number | null => {
  const at = Date.parse(State.FinishedAt)
  return at > 0 ? at : null
}

/** The exit of a container that has run and ended. */
export const exitOf = (ended: ContainerInspectInfo, { killed, oom }: { readonly killed: boolean; readonly oom: boolean }): Exit => {
  const { ExitCode: code, OOMKilled } = ended.State
  const endedAt = endedAtOf(ended)
  return { code, signal: signalOfExitCode(code), oomKilled: (OOMKilled || oom) && !killed, ...(endedAt === null ? {} : { endedAt }) }
}

/** The runtime's words for a command that is not there, or is no program; not docker-init itself, nor the working directory. */
const noSuchCommand =
  /exec: "(?!(?:\S*\/)?docker-init")[^"]*": (?:executable file not found|stat .*no such file|no such file|permission denied|is a directory)/

/** Why a container did not start. Containers' networks and mounts are made at the start, hence the 404 and 409.
 * @param status of the answer; null when the words come from the container's record */
export const startRefusal = (words: string, status: number | null): RunnerError => {
  if (noSuchCommand.test(words)) return commandNotFound(words)
  if (status === null || status < 500 || /OCI runtime|unable to find user|storage-opt|unknown or invalid runtime/i.test(words))
    return new RunnerError('CONTAINER_REFUSED', `the engine refuses to start the container: ${words}`)
  return new RunnerError('LAUNCH_FAILED', `the container could not be started: ${words}`)
}

/** docker-init's only words when it cannot start the command; a command that ran could have said more, or nothing, but not this under this name. */
const initSays = /^\[FATAL tini \(\d+\)\] (exec .* failed: .*)\n$/

/** Whether docker-init ends with this code when it cannot start the command. A command may, too. */
export const mayBeRefusal = (code: number): boolean => code === 126 || code === 127

/** `COMMAND_NOT_FOUND` when docker-init could not start the command; null when the command ran.
 * @param stderr all of it, or more than 4 KiB of its beginning */
export const commandRefusal = (code: number, stderr: string): RunnerError | null => {
  if (!mayBeRefusal(code)) return null
  const words = initSays.exec(stderr)?.[1]
  return words === undefined ? null : commandNotFound(words)
}

const commandNotFound = (words: string): RunnerError =>
  new RunnerError('COMMAND_NOT_FOUND', `the command could not be started: ${words}`, {
    hint: 'The task sees the programs of its image and its work directory; the program must be there, and executable',
  })

/** Codes of a container that was ended from outside: KILL, TERM, and the engine's own for one whose end it has not seen. */
export const endedFromOutside = (code: number): boolean => [137, 143, 255].includes(code)
