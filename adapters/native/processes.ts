import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { readSmall } from './small-file.ts'
import { codeOf, unless } from './system-error.ts'

/** What `/proc` answers for a process that is gone, or that is not ours to look at. */
const hidden = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM']

/** Of this boot of the machine: a pid means nothing without it. */
export const readBootId = (): string => readSmall('/proc/sys/kernel/random/boot_id').trim()

/** Sends a signal; false where there is no such process, or it may not be signalled. The caller has just made sure whose pid it is. */
export const signalNow = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    process.kill(pid, signal)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'ESRCH' || codeOf(cause) === 'EPERM') return false // gone, or not ours to end: a set-user-id program of a bare task
    throw cause
  }
}

export const killNow = (pid: number): boolean => signalNow(pid, 'SIGKILL')

/** Every pid of the host that we can see. */
export const allPids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => name >= '0' && name < ':')
    .map(Number)

/** The inode that names a process's pid namespace; null for a process that is gone. */
export const pidNamespace = (pid: number | 'self'): number | null => {
  const link = unless(hidden, () => readlinkSync(`/proc/${pid}/ns/pid`), null)
  return link === null ? null : Number(/^pid:\[(\d+)\]$/.exec(link)?.[1])
}

/** Fields of `/proc/PID/stat` by which a process of the same pid is told from another; null for one that is gone or a zombie. */
export const processFacts = (pid: number): { readonly session: number; readonly startTicks: number } | null => {
  const text = unless(hidden, () => readSmall(`/proc/${pid}/stat`), null)
  // The name in parentheses may hold anything, also parentheses and spaces.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return null
  return { session: Number(fields[3]), startTicks: Number(fields[19]) }
}

/** Whether a process was given the variable when it was started. */
export const hasEnvironment = (pid: number, assignment: string): boolean =>
  unless(hidden, () => `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(`\0${assignment}\0`), false)

/** Names one open file, whatever it is called now. */
export interface FileIdentity {
  readonly device: number
  readonly inode: number
}

export const identify = (path: string): FileIdentity | null =>
  unless(hidden, () => { const { dev, ino } = statSync(path); return { device: dev, inode: ino } }, null) // prettier-ignore

/** Whether the process has the file open under that number. Our own file, held by that pid: a proof that no reused pid can give. */
export const holdsAt = (pid: number, fd: number, file: FileIdentity): boolean => {
  const held = identify(`/proc/${pid}/fd/${fd}`)
  return held?.inode === file.inode && held.device === file.device
}

/** Every process but us that has the file open under any number. Reads all of `/proc`: for the rare cases. */
export const holdersOf = (file: FileIdentity): number[] =>
  allPids().filter(
    (pid) => pid !== process.pid && unless(hidden, () => readdirSync(`/proc/${pid}/fd`), []).some((fd) => holdsAt(pid, Number(fd), file)),
  )
