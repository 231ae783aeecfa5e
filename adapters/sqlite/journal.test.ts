import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { conformsToJournal, type JournalUnderTest } from '../../test/conformance/journal.ts'
import { conformsToJournalOfArrays } from '../../test/conformance/journal-arrays.ts'
import { conformsToJournalRetention } from '../../test/conformance/journal-retention.ts'
import { openJournal } from './journal.ts'

describe.each(['worker', 'main'] as const)('the SQLite journal, committing on the %s thread', (mode) => {
  const create = async (): Promise<JournalUnderTest> => {
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
  }
  conformsToJournal(create)
  conformsToJournalOfArrays(create)
  conformsToJournalRetention(create)
})
