import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { assertOurs } from './data-dir.ts'

const nobody = 65_534

it.skipIf(process.geteuid?.() !== 0)(
  "says whose a data directory is that this user may not read, and nothing of one's own or of none",
  () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'env-runner-data-dir-'))
    try {
      chmodSync(dataDir, 0o711)
      assertOurs({ dataDir })
      process.seteuid!(nobody)
      expect(() => assertOurs({ dataDir })).toThrow(`${dataDir} belongs to user 0, and user ${nobody} may not read it`)
      expect(() => assertOurs({ dataDir: join(dataDir, 'none') })).not.toThrow()
    } finally {
      process.seteuid!(0)
      rmSync(dataDir, { recursive: true })
    }
  },
)
