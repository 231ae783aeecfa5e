import { closeSync, constants, mkdirSync, openSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
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
  own: z.boolean(),
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

/** A mark is a line of JSON, and one more for each change: a change costs one write, and one that was cut off takes nothing from what stands before it.
 * @param directory absolute; made when missing */
export const openAttemptMarks = (directory: string): AttemptMarks => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = (name: string): string => join(directory, name)
  const remove = (name: string): void => void unless('ENOENT', () => unlinkSync(path(name)))
  return {
    create: (name, mark) =>
      unless('EEXIST', () => {
        try {
          writeFileSync(path(name), JSON.stringify(mark), { flag: 'wx', mode: 0o600 })
        } catch (cause) {
          if (codeOf(cause) !== 'EEXIST') remove(name) // half a mark is not left behind
          throw cause
        }
      }),
    read(name) {
      try {
        return parseMark(readFileSync(path(name), 'utf8'))
      } catch (cause) {
        if (codeOf(cause) === 'ENOENT') return null
        throw cause
      }
    },
    update(name, facts) {
      unless('ENOENT', () => append(path(name), `\n${JSON.stringify(facts)}`))
    },
    remove,
    list: () => readdirSync(directory).filter((name) => !name.startsWith('.')), // such were made by earlier versions
  }
}

/** To a file that is there. */
const append = (path: string, text: string): void => {
  const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND)
  try {
    writeFileSync(fd, text)
  } finally {
    closeSync(fd)
  }
}

/** False when the call fails for that reason. */
const unless = (code: string, call: () => void): boolean => {
  try {
    call()
    return true
  } catch (cause) {
    if (codeOf(cause) === code) return false
    throw cause
  }
}

const parseMark = (text: string): AttemptMark => {
  const parsed = markSchema.safeParse(Object.assign({}, blankMark, ...text.split('\n').map(parseFacts)))
  return parsed.success ? parsed.data : blankMark
}

/** Of a line that is no word of ours: none. */
const parseFacts = (line: string): object => {
  try {
    return Object(JSON.parse(line)) as object
  } catch {
    return {}
  }
}

const codeOf = (cause: unknown): string | undefined => (cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined)
