import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The seat as a file, which processes that share a directory agree about. */
export const createSeatFile = (directory: string, processName: string) => {
  const path = join(directory, 'seat')
  const holder = (): string | null => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return null
    }
  }
  return {
    holder,
    /** False when somebody has it. A hard link appears with its content, or not at all. */
    take(user: string): boolean {
      const mine = join(directory, `${processName}.new`)
      writeFileSync(mine, user)
      try {
        linkSync(mine, path)
        return true
      } catch {
        return false
      } finally {
        rmSync(mine)
      }
    },
    release(user: string): void {
      if (holder() === user) rmSync(path)
    },
  }
}
