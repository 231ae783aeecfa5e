import { constants } from 'node:os'

const names = new Map<number, string>(Object.entries(constants.signals).map(([name, number]) => [number, name]))

/** The number of a signal by its name (`SIGTERM`: 15), on the system that this runs on; undefined for a name that it has not. */
export const signalNumber = (name: string): number | undefined => constants.signals[name as NodeJS.Signals]

/** The signal that an exit code stands for as a shell, bubblewrap and docker-init report it, 128 + n; null for every other code.
 * A command that exits with such a code by itself reads the same. */
export const signalOfExitCode = (code: number): string | null => (code > 128 ? (names.get(code - 128) ?? null) : null)
