import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findHolder, installationId, lockDataDir } from '../../adapters/filesystem/data-dir-lock.ts'
import { createDataLayout, dataLayout } from '../../adapters/filesystem/layout.ts'

const taker = new URL('./data-dir-taker.ts', import.meta.url)
let root: string
let layout: ReturnType<typeof dataLayout>
let children: ChildProcess[]

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'env-runner-lock-'))
  layout = dataLayout(join(root, 'data'))
  children = []
  await createDataLayout(layout)
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

/** A process that is ready to take the directory and does so when it is told; it answers with `held` or the error's code and message. */
const startTaker = async (): Promise<() => Promise<string>> => {
  const child = fork(taker, [layout.dataDir], { execArgv: [] })
  children.push(child)
  await once(child, 'message')
  return async () => {
    const answer = once(child, 'message')
    child.send('take')
    return String((await answer)[0])
  }
}
const killed = async (child: ChildProcess): Promise<void> => {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

describe('the lock of a data directory', () => {
  it('refuses a second taker in this process, and names the holder and what to do', async () => {
    const lock = await lockDataDir(layout)
    const refusal = {
      code: 'DATA_DIR_LOCKED',
      message: expect.stringContaining(`process ${process.pid} `),
      hint: expect.stringContaining('--data-dir'),
    }
    await expect(lockDataDir(layout)).rejects.toMatchObject(refusal)
    expect(await findHolder(layout)).toEqual(lock.holder)
    await lock.release()
    await lock.release()
    expect(await findHolder(layout)).toBeNull()
    await (await lockDataDir(layout)).release()
  })
  it('is given to exactly one of many processes that take it at once, again and again', async () => {
    for (let round = 0; round < 3; round++) {
      const takers = await Promise.all(Array.from({ length: 6 }, startTaker))
      const answers = await Promise.all(takers.map((take) => take()))
      expect(answers.filter((answer) => answer === 'held')).toHaveLength(1)
      expect(answers.filter((answer) => answer.startsWith('DATA_DIR_LOCKED'))).toHaveLength(5)
      await Promise.all(children.splice(0).map(killed)) // the next round takes over from the dead
    }
  })
  it('is free as soon as its holder is killed', async () => {
    const take = await startTaker()
    expect(await take()).toBe('held')
    await expect(lockDataDir(layout)).rejects.toMatchObject({ message: expect.stringContaining(`process ${children[0]!.pid} `) })
    await killed(children[0]!)
    expect(existsSync(layout.lock)).toBe(true)
    expect(await findHolder(layout)).toBeNull()
    await (await lockDataDir(layout)).release()
  })
  it('does not believe a note that names a live process which is another by now', async () => {
    writeFileSync(layout.lock, JSON.stringify({ pid: process.pid, bootId: 'another boot', startTicks: '1' }))
    expect(await findHolder(layout)).toBeNull()
    const lock = await lockDataDir(layout)
    expect(JSON.parse(readFileSync(layout.lock, 'utf8'))).toEqual(lock.holder)
    await lock.release()
  })
  it('holds although somebody removes or spoils the note', async () => {
    const lock = await lockDataDir(layout)
    for (const spoil of [() => rmSync(layout.lock), () => writeFileSync(layout.lock, '\0garbage')]) {
      spoil()
      await expect(lockDataDir(layout)).rejects.toMatchObject({
        code: 'DATA_DIR_LOCKED',
        message: expect.stringContaining('another process'),
      })
    }
    await lock.release()
  })
  it('holds although the layout is made again, in this process too', async () => {
    const lock = await lockDataDir(layout)
    await createDataLayout(layout)
    const take = await startTaker()
    expect(await take()).toMatch(/^DATA_DIR_LOCKED/)
    await lock.release()
  })
  it('lets no other user interfere', async () => {
    const lock = await lockDataDir(layout)
    for (const path of [layout.lock, layout.lockGuard]) expect(statSync(path).mode & 0o777).toBe(0o600)
    await lock.release()
  })
})

describe('the id of an installation', () => {
  it('is made once, also by many at once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => installationId(layout)))
    expect(new Set(ids).size).toBe(1)
    expect(ids[0]).toMatch(/^[0-9a-f]{16}$/)
    expect(await installationId(layout)).toBe(ids[0])
    expect(execFileSync('ls', [layout.dataDir]).toString()).not.toContain('installation.')
  })
  it('is never made anew for a file that is damaged', async () => {
    writeFileSync(layout.installation, '')
    await expect(installationId(layout)).rejects.toMatchObject({ code: 'DATA_DIR_UNUSABLE', hint: expect.stringContaining('backup') })
  })
})
