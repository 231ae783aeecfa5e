import { watch } from 'node:fs'
import type { Clock } from '../../src/ports/clock.ts'

/** While a file grows it is looked at this often, in milliseconds; also the first look. So a task that ends sooner costs one timer, and a busy writer
 * 20 looks per second instead of an inotify event per write. */
const busyMs = 50
/** While inotify watches, in milliseconds: for files that were replaced, and file systems that tell nothing. */
const safetyMs = 2_000
/** Where inotify cannot watch (no watches left, or no file yet, which comes soon when an attempt begins): from `busyMs` up to this, twice as long each time, in milliseconds. */
const blindMsMax = 500

export interface WatchedFile {
  /** Absolute; null when it cannot be watched now. */
  path(): string | null
  size(): number
}

/** Calls `grown` soon after the file's size changed, or at first is not 0, until the returned function is called. Polls while the file grows, sleeps in inotify while it does not:
 * an idle file costs a look every two seconds, a short task nothing but a timer. */
export const watchFile = (file: WatchedFile, clock: Clock, grown: () => void): (() => void) => {
  let size = 0 // what is there already is told of at the first look
  let stopped = false
  let blindMs = busyMs
  let cancelTimer = (): void => {}
  let endNotify: (() => void) | null = null

  const look = (): boolean => {
    const now = file.size()
    if (now === size) return false
    size = now
    grown()
    return true
  }
  const rest = (): void => {
    cancelTimer()
    endNotify?.()
    endNotify = null
  }
  const pollIn = (delayMs: number): void => {
    if (!stopped) cancelTimer = clock.timer(delayMs, poll)
  }
  const poll = (): void => {
    rest()
    if (look()) pollIn(busyMs)
    else sleep()
  }
  const sleep = (): void => {
    endNotify = notify(file.path(), wake)
    if (look())
      wake() // it grew before inotify was there
    else if (endNotify) pollIn(safetyMs)
    else {
      pollIn(blindMs)
      blindMs = Math.min(2 * blindMs, blindMsMax)
    }
  }
  const wake = (): void => {
    rest()
    look()
    pollIn(busyMs)
  }
  pollIn(busyMs)
  return () => {
    stopped = true
    rest()
  }
}

const notify = (path: string | null, changed: () => void): (() => void) | null => {
  if (path === null) return null
  try {
    const watcher = watch(path, { persistent: false }, changed)
    watcher.on('error', () => watcher.close()) // the safety look goes on
    return () => watcher.close()
  } catch {
    return null
  }
}
