import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** A directory for a bench, on the disk of the checkout (a temporary directory may be memory, on which fsync costs nothing). */
export const createBenchDir = (): { path: string; remove(): void } => {
  const below = join(import.meta.dirname, '../../.work')
  mkdirSync(below, { recursive: true })
  const path = mkdtempSync(join(below, 'bench-'))
  chmodSync(path, 0o711)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export const median = (figures: readonly number[]): number => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)]!
