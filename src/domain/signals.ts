/** Signals by number, from 1, as Linux has them on x86 and ARM (signal(7)). */
const names = [
  'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGUSR1', 'SIGSEGV', 'SIGUSR2', 'SIGPIPE', 'SIGALRM',
  'SIGTERM', 'SIGSTKFLT', 'SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM', 'SIGPROF',
  'SIGWINCH', 'SIGIO', 'SIGPWR', 'SIGSYS',
] as const // prettier-ignore

/** The number of a signal by its name (`SIGTERM`: 15); undefined for a name that is none. */
export const signalNumber = (name: string): number | undefined => {
  const index = names.indexOf(name as (typeof names)[number])
  return index < 0 ? undefined : index + 1
}

/** The signal that an exit code stands for as a shell, bubblewrap and docker-init report it, 128 + n; null for every other code.
 * A command that exits with such a code by itself reads the same. */
export const signalOfExitCode = (code: number): string | null => names[code - 129] ?? null
