import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { scripted } from '../../test/conformance/journal.ts'
import type { JournalEntry } from '../../src/ports/journal.ts'
import { encodeBatch, type Batch } from './entry.ts'
import { prepareFile } from './file.ts'
import { openJournalReader } from './journal.ts'
import { hostInWorker } from './writer-host.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'journal-host-'))
  path = join(directory, 'journal.db')
  prepareFile(path)
})
afterEach(() => rm(directory, { recursive: true }))

const encoded = (entries: JournalEntry[]): Batch => encodeBatch(entries, (stream) => stream)

const healthy = (): Worker => new Worker(new URL('./writer-worker.ts', import.meta.url), { workerData: { path } })

/** Ends when it is given a batch: before it is stored, or after, with the answer untold. */
const dying = (moment: 'before' | 'after') => (): Worker => {
  const writer = JSON.stringify(new URL('./writer.ts', import.meta.url).href)
  const store = moment === 'after' ? `createWriter(${JSON.stringify(path)}).append(batch)` : ''
  return new Worker(
    `const { createWriter } = await import(${writer})
     const { parentPort } = await import('node:worker_threads')
     parentPort.on('message', (batch) => { ${store}; process.exit(3) })`,
    { eval: true },
  )
}

/** A host that starts these workers, one after the other. */
const hostOf = (...starts: (() => Worker)[]) => {
  const workers: Worker[] = []
  const host = hostInWorker(path, () => {
    const worker = starts.shift()!()
    workers.push(worker)
    return worker
  })
  return { host, workers }
}

it.each(['before', 'after'] as const)(
  'fails what a worker was doing that dies %s the commit, and the same batch is stored once by the next',
  async (moment) => {
    const { host, workers } = hostOf(dying(moment), healthy)
    const script = scripted()
    const batch = encoded([script.task('a'), script.task('b')])
    await expect(host.append(batch)).rejects.toMatchObject({
      name: 'RunnerError',
      code: 'JOURNAL_UNAVAILABLE',
      message: "the journal's writer ended: exit code 3",
    })
    await host.append(batch)
    await host.append(encoded([script.task('c')]))
    await host.close()
    const reader = openJournalReader(path)
    expect([workers.length, reader.lastPosition(), reader.countTasks().pending]).toEqual([2, 3, 3])
    reader.close()
  },
)

it('goes on after a worker that died idle, and closes when none is left', async () => {
  const { host, workers } = hostOf(healthy, healthy)
  await workers[0]!.terminate()
  await host.append(encoded([scripted().task('a')]))
  await workers[1]!.terminate()
  await host.close()
  expect(workers.length).toBe(2)
})

it('refuses what cannot be sent, and keeps its answers in step', async () => {
  const { host } = hostOf(healthy)
  const unsendable = [() => undefined] as unknown as Batch
  await expect(host.append(unsendable)).rejects.toThrow('could not be cloned')
  await host.append(encoded([scripted().task('a')]))
  await host.close()
  const reader = openJournalReader(path)
  expect(reader.lastPosition()).toBe(1)
  reader.close()
})
