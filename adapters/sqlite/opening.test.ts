import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pendingRow, scripted } from '../../test/conformance/journal.ts'
import { openJournal, openJournalReader } from './journal.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'journal-open-'))
  path = join(directory, 'journal.db')
})
afterEach(() => rm(directory, { recursive: true }))

const open = () => openJournal({ path, mode: 'main' })
const filled = async (): Promise<void> => {
  const journal = await open()
  const script = scripted()
  await journal.append([script.task('a'), script.task('b')])
  await journal.close()
}
const alter = (sql: string): void => {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}
const everyByte = async (): Promise<[string, string][]> => {
  const names = (await readdir(directory)).sort()
  return Promise.all(names.map(async (name): Promise<[string, string]> => [name, await readFile(join(directory, name), 'latin1')]))
}

describe('the files', () => {
  it('have mode 0600, also where an older one was open to others', async () => {
    await filled()
    await chmod(path, 0o644)
    const journal = await open()
    await journal.append([scripted({ position: 2, at: 2_000 }).entry('runner', null)])
    for (const name of ['journal.db', 'journal.db-wal', 'journal.db-shm'])
      expect([name, ((await stat(join(directory, name))).mode & 0o777).toString(8)]).toEqual([name, '600'])
    await journal.close()
  })

  it('are one file again after close', async () => {
    await filled()
    expect(await readdir(directory)).toEqual(['journal.db'])
  })

  it('are made whole when their creation was cut short', async () => {
    await writeFile(path, '')
    const journal = await open()
    expect(journal.lastPosition()).toBe(0)
    await journal.close()
  })

  it('cannot be made without their directory', async () => {
    await expect(openJournal({ path: join(directory, 'missing', 'journal.db') })).rejects.toMatchObject({ code: 'DATA_DIR_UNUSABLE' })
  })
})

describe('a journal that is not ours to write', () => {
  it('of a newer version is refused, and not a byte changes', async () => {
    await filled()
    alter('PRAGMA user_version = 99')
    const before = await everyByte()
    await expect(open()).rejects.toMatchObject({ code: 'JOURNAL_NEWER', hint: expect.stringContaining('nothing was changed') })
    expect(() => openJournalReader(path)).toThrow(expect.objectContaining({ code: 'JOURNAL_NEWER' }))
    expect(await everyByte()).toEqual(before)
  })

  it.each([
    ['is not a database', async () => writeFile(path, 'these are notes, not a journal\n'.repeat(500))],
    [
      'is cut in the middle',
      async () => {
        await filled()
        await writeFile(path, (await readFile(path)).subarray(0, 10_000))
      },
    ],
    ['is a database of another program', async () => alter('CREATE TABLE notes (text TEXT)')],
    [
      'has lost a table',
      async () => {
        await filled()
        alter('DROP TABLE tasks')
      },
    ],
  ])('because it %s is refused with a hint', async (_, spoil) => {
    await spoil()
    await expect(open()).rejects.toMatchObject({ name: 'RunnerError', code: 'JOURNAL_CORRUPT', hint: expect.stringContaining('restore') })
    expect(() => openJournalReader(path)).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }))
  })
})

describe('a reader', () => {
  it('says where it found no journal', () => {
    expect(() => openJournalReader(path)).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND', path, hint: expect.stringContaining('--data-dir') }),
    )
  })

  it('reads a journal that nobody has open, and leaves it so', async () => {
    await filled()
    const before = await readFile(path)
    const reader = openJournalReader(path)
    expect([reader.lastPosition(), reader.findTask('a')?.id]).toEqual([2, 'a'])
    reader.close()
    reader.close()
    expect(await readFile(path)).toEqual(before)
    const journal = await open()
    expect(journal.lastPosition()).toBe(2)
    await journal.close()
  })

  it('sees commits and quarantines of a live writer as they come', async () => {
    const journal = await openJournal({ path, mode: 'worker' })
    const reader = openJournalReader(path)
    const script = scripted()
    await journal.append([script.task('a'), script.task('b')])
    expect(reader.countTasks().pending).toBe(2)
    journal.quarantine('task:a', 'for a reason', 1)
    expect([reader.findTask('a'), reader.readStream('task:a', 0, 10), reader.quarantined().length, reader.countTasks().pending]).toEqual([
      null,
      [],
      1,
      1,
    ])
    await journal.append([script.task('c')])
    expect(reader.lastPosition()).toBe(3)
    await journal.close()
    expect(reader.findTask('c')).toEqual(pendingRow('c', { submittedAt: 1_002 }))
    reader.close()
  })

  it('cannot write', async () => {
    await filled()
    const reader = openJournalReader(path) as object
    expect(['append', 'quarantine'].filter((name) => name in reader)).toEqual([])
  })
})
