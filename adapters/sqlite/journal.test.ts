import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { conformsToJournal } from '../../test/conformance/journal.ts'
import { openJournal } from './journal.ts'

describe.each(['worker', 'main'] as const)('the SQLite journal, committing on the %s thread', (mode) => {
  conformsToJournal(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'journal-'))
    const open = () => openJournal({ path: join(directory, 'journal.db'), mode })
    const first = await open()
    let current = first
    return {
      journal: first,
      async reopen() {
        await current.close()
        return (current = await open())
      },
      async dispose() {
        await current.close()
        await rm(directory, { recursive: true })
      },
    }
  })
})
