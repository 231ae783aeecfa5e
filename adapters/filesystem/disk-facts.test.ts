import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createDiskFacts } from './disk-facts.ts'

const directory = mkdtempSync(join(tmpdir(), 'env-runner-disk-facts-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

it('adds the journal to its log, where there is one, and rejects where nothing can be asked', async () => {
  const journal = join(directory, 'journal.sqlite')
  const facts = createDiskFacts({ dataDir: directory, journal })
  expect(await facts.journalBytes()).toBe(0)
  writeFileSync(journal, 'x'.repeat(10))
  writeFileSync(`${journal}-wal`, 'x'.repeat(5))
  expect(await facts.journalBytes()).toBe(15)
  const { freeBytes, sizeBytes } = await facts.disk()
  expect(freeBytes).toBeGreaterThan(0)
  expect(sizeBytes).toBeGreaterThanOrEqual(freeBytes)
  await expect(createDiskFacts({ dataDir: join(directory, 'gone'), journal }).disk()).rejects.toThrow('ENOENT')
})
