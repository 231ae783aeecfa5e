import { closeSync, constants, mkdirSync, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { readSmall } from './small-file.ts'
import { codeOf, unless } from './system-error.ts'

export type Sandbox = 'bubblewrap' | 'none'

/** The first line of a mark: ours, written before anything is spawned. It also takes the file's first block, so that the exit code fits on a disk that fills up later. */
export interface MarkHeader {
  readonly 'boot-id': string
  readonly sandbox: Sandbox
  /** Absolute; where bubblewrap says why it could not start the command. */
  readonly stderr: string
}

/** What a mark says. The lines after the header come from the chain of the attempt: its monitor's pid, its first process, its exit code. */
export interface Mark {
  readonly header: MarkHeader | null
  /** Holds the mark open as long as the outcome can still be written. */
  readonly monitorPid: number | null
  /** The first process inside; on record before the command may run. */
  readonly childPid: number | null
  /** Inode of the pid namespace that bubblewrap made. */
  readonly pidNamespace: number | null
  /** Bare attempts: of the child, field 22 of `/proc/PID/stat`. */
  readonly startTicks: number | null
  readonly exitCode: number | null
  /** Why the chain stopped before the command. */
  readonly refused: 'cgroup' | 'limits' | 'directory' | 'command' | null
  /** False when part of it is no word of ours, or only half of one: then what is missing proves nothing. */
  readonly legible: boolean
}

const pid = z.int().min(2)
const headerSchema = z.object({ 'boot-id': z.string().min(1), sandbox: z.enum(['bubblewrap', 'none']), stderr: z.string() })
const lineSchema = z.object({
  'monitor-pid': pid.optional(),
  'child-pid': pid.optional(),
  'pid-namespace': z.int().min(1).optional(),
  'start-ticks': z.int().min(0).optional(),
  'exit-code': z.int().min(0).max(255).optional(),
  refused: z.enum(['cgroup', 'limits', 'directory', 'command']).optional(),
})

/** Understands whole lines; half a line is not there yet, and a line that is garbage says nothing. An empty mark is legible: it was not begun. */
export const parseMark = (text: string): Mark => {
  const [first = '', ...rest] = text.split('\n')
  const half = rest.pop() ?? first
  const header = headerSchema.safeParse(parseJson(first)).data ?? null
  const lines = rest.map((line) => lineSchema.safeParse(parseJson(line)).data)
  const facts = Object.assign({}, ...lines) as z.infer<typeof lineSchema>
  return {
    header,
    monitorPid: facts['monitor-pid'] ?? null,
    childPid: facts['child-pid'] ?? null,
    pidNamespace: facts['pid-namespace'] ?? null,
    startTicks: facts['start-ticks'] ?? null,
    exitCode: facts['exit-code'] ?? null,
    refused: facts.refused ?? null,
    legible: text === '' || (header !== null && half === '' && !lines.includes(undefined)),
  }
}

const parseJson = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** The marks of one data directory: one file per attempt, the runner's alone. */
export interface Marks {
  path(name: string): string
  /** Creates the mark, or answers null when there is one. The caller closes the file. A mark that could not be begun is not left behind. */
  create(name: string, header: MarkHeader): number | null
  read(name: string): Mark | null
  remove(name: string): void
  list(): string[]
  /** A file without a name, readable and writable: what it holds is gone with its last reader. The caller closes it. */
  anonymous(name: string): number
}

/** Readable by the runner alone: marks hold pids that are signalled, and paths. */
const mode = 0o600
const { O_APPEND, O_CREAT, O_EXCL, O_RDWR } = constants

/** @param directory absolute; made when missing */
export const openMarks = (directory: string): Marks => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = (name: string): string => join(directory, name)
  const remove = (name: string): void => unless(['ENOENT'], () => unlinkSync(path(name)), undefined)
  return {
    path,
    create(name, header) {
      const fd = unless(['EEXIST'], () => openSync(path(name), O_CREAT | O_EXCL | O_RDWR | O_APPEND, mode), null)
      if (fd === null) return null
      try {
        writeSync(fd, `${JSON.stringify(header)}\n`)
        return fd
      } catch (cause) {
        closeSync(fd)
        remove(name)
        throw cause
      }
    },
    read: (name) => unless(['ENOENT'], () => parseMark(readSmall(path(name))), null),
    remove,
    list: () => readdirSync(directory).filter((name) => !name.startsWith('.')),
    anonymous(name) {
      const hidden = path(`.${name}`)
      const open = (): number => openSync(hidden, O_CREAT | O_EXCL | O_RDWR, mode)
      let fd: number
      try {
        fd = open()
      } catch (cause) {
        // Left by a runner that was killed between the next two calls; nothing was ever written to it.
        if (codeOf(cause) !== 'EEXIST') throw cause
        unlinkSync(hidden)
        fd = open()
      }
      unlinkSync(hidden)
      return fd
    },
  }
}
