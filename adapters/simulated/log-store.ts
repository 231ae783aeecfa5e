import type { AttemptKey } from '../../src/domain/exit.ts'
import type { LogStore, LogStream } from '../../src/ports/log-store.ts'

/** A log store in memory, with the hands of the tasks that write to it. It is the disk: it outlives the runner that uses it. */
export interface SimulatedLogStore extends LogStore {
  /** What a task prints. Tells watchers before it returns. Makes the stream when it is missing. */
  append(key: AttemptKey, stream: LogStream, bytes: Uint8Array | string): void
  /** What a task may do to its own descriptor: cuts the stream, or extends it with zeros. */
  truncate(key: AttemptKey, stream: LogStream, size: number): void
  /** Bytes that take space: what was written less what was discarded. */
  storedBytes(key: AttemptKey, stream: LogStream): number
}

interface Stored {
  bytes: Buffer
  size: number
  hole: { from: number; to: number } | null
  readonly watchers: Set<() => void>
}

export const createSimulatedLogStore = (): SimulatedLogStore => {
  const streams = new Map<string, Stored>()
  const checkpoints = new Map<string, string>()

  const find = (key: AttemptKey, stream: LogStream): Stored => {
    const name = `${key.taskId}/${key.attempt}.${stream}`
    const found = streams.get(name)
    if (found) return found
    const made: Stored = { bytes: Buffer.alloc(0), size: 0, hole: null, watchers: new Set() }
    streams.set(name, made)
    return made
  }
  const resize = (stored: Stored, size: number): void => {
    if (size > stored.bytes.length) stored.bytes = Buffer.concat([stored.bytes], Math.max(size, 2 * stored.bytes.length))
    if (size < stored.size) stored.bytes.fill(0, size, stored.size)
    stored.size = size
  }
  const tell = (stored: Stored): void => {
    for (const grown of [...stored.watchers]) grown()
  }
  const path = (key: AttemptKey, stream: LogStream): string => `/simulated/logs/${key.taskId.replaceAll(':', '+')}/${key.attempt}.${stream}`

  return {
    async create(key) {
      find(key, 'stdout')
      find(key, 'stderr')
      return { stdout: path(key, 'stdout'), stderr: path(key, 'stderr') }
    },
    async size(key, stream) {
      return find(key, stream).size
    },
    async read(key, stream, offset, bytesMax) {
      const { bytes, size, hole } = find(key, stream)
      const at = hole && offset >= hole.from && offset < hole.to ? hole.to : offset
      const end = Math.min(at + bytesMax, size, hole && at < hole.from ? hole.from : size)
      return { offset: at, bytes: Uint8Array.prototype.slice.call(bytes, at, Math.max(at, end)) }
    },
    watch(key, stream, grown) {
      const { watchers, size } = find(key, stream)
      const watcher = (): void => grown() // two watches with one function are two
      watchers.add(watcher)
      if (size > 0) grown()
      return () => void watchers.delete(watcher)
    },
    async discard(key, stream, from, to) {
      const stored = find(key, stream)
      const { hole } = stored
      const end = Math.min(to, stored.size)
      if (end <= from || (hole && (from > hole.to || end < hole.from))) return
      stored.hole = { from: Math.min(from, hole?.from ?? from), to: Math.max(end, hole?.to ?? end) }
      stored.bytes.fill(0, stored.hole.from, Math.min(stored.hole.to, stored.size))
    },
    async hole(key, stream) {
      return find(key, stream).hole
    },
    async saveCheckpoint(key, text) {
      checkpoints.set(`${key.taskId}/${key.attempt}`, text)
    },
    async loadCheckpoint(key) {
      return checkpoints.get(`${key.taskId}/${key.attempt}`) ?? null
    },
    path,
    async remove(taskId) {
      for (const [name, stored] of streams) {
        if (!name.startsWith(`${taskId}/`)) continue
        streams.delete(name)
        Object.assign(stored, { size: 0, hole: null })
      }
      for (const name of checkpoints.keys()) if (name.startsWith(`${taskId}/`)) checkpoints.delete(name)
    },
    append(key, stream, bytes) {
      const stored = find(key, stream)
      const added = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
      const at = stored.size
      resize(stored, at + added.length)
      stored.bytes.set(added, at)
      tell(stored)
    },
    truncate(key, stream, size) {
      const stored = find(key, stream)
      resize(stored, size)
      tell(stored)
    },
    storedBytes(key, stream) {
      const { size, hole } = find(key, stream)
      return hole ? size - Math.max(0, Math.min(hole.to, size) - hole.from) : size
    },
  }
}
