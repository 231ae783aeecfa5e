import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'

const markSchema = z.object({
  /** Id of the container; null until its creation was answered. */
  container: z.string().nullable(),
  /** Id of the image it was made of. */
  image: z.string().nullable(),
  /** Absolute paths of the attempt's log files; null for a container that was found without its mark. */
  logs: z.object({ stdout: z.string(), stderr: z.string() }).nullable(),
  /** We sent it a signal: what ended it then was not its memory limit, nor an engine that went away. */
  killed: z.boolean(),
  /** The engine told of a process that the memory limit ended. */
  oom: z.boolean(),
  /** It ended because the engine went away, and its exit says nothing about the task. */
  lost: z.boolean(),
  /** It failed by itself, and that was told: an engine that goes away right after it changes nothing. Marks of earlier versions do not say. */
  own: z.boolean().default(false),
})
/** What is on record about an attempt before and beside its container. */
export type AttemptMark = z.infer<typeof markSchema>

export const blankMark: AttemptMark = { container: null, image: null, logs: null, killed: false, oom: false, lost: false, own: false }

/** The marks of one data directory: a file per attempt, the runner's alone. */
export interface AttemptMarks {
  /** False, and nothing changed, when there is one. */
  create(name: string, mark: AttemptMark): boolean
  /** Null without a mark. One that is no word of ours, such as half a file after a power failure, reads as blank: its container is found by name. */
  read(name: string): AttemptMark | null
  /** Changes some facts of a mark, if it is there. */
  update(name: string, facts: Partial<AttemptMark>): void
  remove(name: string): void
  list(): string[]
}

/** @param directory absolute; made when missing */
export const openAttemptMarks = (directory: string): AttemptMarks => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = (name: string): string => join(directory, name)
  const remove = (name: string): void => rmSync(path(name), { force: true })
  const read = (name: string): AttemptMark | null => {
    try {
      return parseMark(readFileSync(path(name), 'utf8'))
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return null
      throw cause
    }
  }
  return {
    create(name, mark) {
      try {
        writeNew(path(name), JSON.stringify(mark))
        return true
      } catch (cause) {
        if (codeOf(cause) === 'EEXIST') return false
        throw cause
      }
    },
    read,
    update(name, facts) {
      const mark = read(name)
      if (mark === null) return
      const temporary = path(`.${name}`) // attempts are named by ids, which begin with a letter or digit
      rmSync(temporary, { force: true })
      writeNew(temporary, JSON.stringify({ ...mark, ...facts }))
      renameSync(temporary, path(name))
    },
    remove,
    list: () => readdirSync(directory).filter((name) => !name.startsWith('.')),
  }
}

/** A file of its own, or none: half a file is not left behind. */
const writeNew = (path: string, text: string): void => {
  const fd = openSync(path, 'wx', 0o600)
  try {
    writeSync(fd, text)
  } catch (cause) {
    rmSync(path, { force: true })
    throw cause
  } finally {
    closeSync(fd)
  }
}

const parseMark = (text: string): AttemptMark => {
  try {
    return markSchema.parse(JSON.parse(text))
  } catch {
    return blankMark
  }
}

const codeOf = (cause: unknown): string | undefined => (cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined)
