import { fstatSync, read as readFile } from 'node:fs'
import { promisify } from 'node:util'

/** Stands in a log file where the engine's log had turned over before its bytes were copied. */
export const lostMarker = Buffer.from("[env-runner] output was lost here: the engine's log turned over\n")

/** What a log file holds already. */
export interface HeldBytes {
  readonly size: number
  /** Its first bytes, and its last. Zeros where the file has a hole. */
  readonly head: Buffer
  readonly tail: Buffer
}

/** - `verify`      drops as many bytes as the file holds, and compares those that begin and end them with the file
 * - `search`      drops everything up to where the file's last bytes stand: the engine's log no longer begins where the file does
 * - `everything`  drops nothing */
export type ResumeMode = 'verify' | 'search' | 'everything'

/** Finds, in what the engine sends of one stream from the beginning of its log, the place where the bytes begin that the file does not hold. */
export interface ResumePoint {
  /** Takes the next bytes. @returns what of them the file does not hold yet: a part at the end, or nothing. */
  take(bytes: Buffer): Buffer
  /** `looking`: the place is not reached. `found`: all that comes is new. `differs`: the log does not begin as the file does, search it.
   * `missing`: the file's end is not in the log, or nowhere where it could be. The last two stay. */
  state(): 'looking' | 'found' | 'differs' | 'missing'
}

const headBytes = 4_096

/** By how many of its last bytes the end of a file is found: enough that they stand in its log once, however alike its lines are; of a short file a part, for the rest
 * may be among what was lost. */
const tailBytesOf = (size: number): number => Math.min(65_536, Math.max(1_024, Math.ceil(size / 64)))

/** Fewer bytes are found anywhere. */
const searchBytesMin = 16

const nothing = Buffer.alloc(0)
const readBytes = promisify(readFile)

/** @param fd of a file that is open for reading */
export const readHeld = async (fd: number): Promise<HeldBytes> => {
  const { size } = fstatSync(fd)
  const read = async (from: number, length: number): Promise<Buffer> => {
    if (length === 0) return nothing
    const { buffer, bytesRead } = await readBytes(fd, Buffer.alloc(length), 0, length, from)
    return buffer.subarray(0, bytesRead)
  }
  const tailLength = Math.min(tailBytesOf(size) + lostMarker.length, size)
  const tail = await read(size - tailLength, tailLength)
  const head = tailLength === size ? tail.subarray(0, headBytes) : await read(0, Math.min(headBytes, size))
  return { size, head, tail }
}

export const createResumePoint = (held: HeldBytes, mode: ResumeMode): ResumePoint => {
  if (mode === 'everything' || held.size === 0) return { take: (bytes) => bytes, state: () => 'found' }
  return mode === 'verify' ? verify(held) : search(held)
}

const verify = ({ size, head, tail }: HeldBytes): ResumePoint => {
  let offset = 0
  let differs = false
  const landmarks = [...pages({ at: 0, bytes: head }), ...pages({ at: size - tail.length, bytes: tail })].filter(
    ({ bytes }) => !isHole(bytes),
  )

  return {
    take(bytes) {
      if (differs) return nothing
      if (offset < size) differs = landmarks.some((landmark) => !agree(landmark, { at: offset, bytes }))
      const isNew = bytes.subarray(Math.max(0, size - offset))
      offset += bytes.length
      return differs ? nothing : isNew
    },
    state: () => (differs ? 'differs' : offset >= size ? 'found' : 'looking'),
  }
}

interface Placed {
  readonly at: number
  readonly bytes: Buffer
}

/** Whether two pieces hold the same bytes where they overlap. */
const agree = (a: Placed, b: Placed): boolean => {
  const from = Math.max(a.at, b.at)
  const to = Math.min(a.at + a.bytes.length, b.at + b.bytes.length)
  return to <= from || a.bytes.subarray(from - a.at, to - a.at).equals(b.bytes.subarray(from - b.at, to - b.at))
}

/** Space is given back by the page. */
const pageBytes = 4_096

const pages = ({ at, bytes }: Placed): Placed[] => {
  const length = Math.min(bytes.length, pageBytes - (at % pageBytes))
  return length === 0 ? [] : [{ at, bytes: bytes.subarray(0, length) }, ...pages({ at: at + length, bytes: bytes.subarray(length) })]
}

/** Space that was given back reads as zeros; so do zeros that were printed, of which nothing can be told. */
const isHole = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0)

/** The log lost bytes at its beginning, so the file's end stands in it before `size`, or no more at all. */
const search = ({ size, tail }: HeldBytes): ResumePoint => {
  const wanted = landmarkOf(size, tail)
  let state: ReturnType<ResumePoint['state']> = wanted.length < searchBytesMin || isHole(wanted) ? 'missing' : 'looking'
  let offset = 0
  const find = createFinder(wanted)
  return {
    take(bytes) {
      if (state === 'found') return bytes
      if (state === 'missing') return nothing
      const end = find(bytes)
      if (end >= 0 && offset + end < size) {
        state = 'found'
        return bytes.subarray(end)
      }
      offset += bytes.length
      if (offset >= size) state = 'missing'
      return nothing
    },
    state: () => state,
  }
}

/** Finds bytes in a stream (Knuth, Morris, Pratt): in a time that does not depend on them. `Buffer.indexOf` compares a long needle again and again in bytes that repeat
 * themselves, and a task may print such for an hour of everybody's time.
 * @returns takes the next bytes, and tells the offset in them at which what is wanted ends; -1: not here */
const createFinder = (wanted: Buffer): ((bytes: Buffer) => number) => {
  /** For each length of a beginning, that of the longest shorter one with which it ends. */
  const shorter = new Int32Array(wanted.length + 1)
  for (let at = 1, length = 0; at < wanted.length; at++) {
    while (length > 0 && wanted[at] !== wanted[length]) length = shorter[length]!
    if (wanted[at] === wanted[length]) length++
    shorter[at + 1] = length
  }
  let length = 0
  return (bytes) => {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]
      while (length > 0 && byte !== wanted[length]) length = shorter[length]!
      if (byte === wanted[length]) length++
      if (length === wanted.length) return at + 1
    }
    return -1
  }
}

/** What to find the end of a file by: not our marker, which the engine has never seen, and of a short file one half; the other may be among what was lost. */
const landmarkOf = (size: number, tail: Buffer): Buffer => {
  const marker = tail.lastIndexOf(lostMarker)
  const ofTheEngine = marker < 0 ? tail : tail.subarray(marker + lostMarker.length)
  const wanted = ofTheEngine.subarray(-Math.min(tailBytesOf(size), marker < 0 ? Math.ceil(size / 2) : size))
  const hole = pages({ at: size - wanted.length, bytes: wanted }).findLast(({ bytes }) => isHole(bytes))
  return hole ? wanted.subarray(hole.at + hole.bytes.length - (size - wanted.length)) : wanted
}
