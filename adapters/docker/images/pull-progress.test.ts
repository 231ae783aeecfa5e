import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readPullMessages } from './pull-messages.ts'
import { createPullProgress } from './pull-progress.ts'

const layer = (id: string, status: string, current?: number, total?: number) => ({ id, status, progressDetail: { current, total } })

describe('the progress of a pull', () => {
  it('weighs layers by size, and download and unpacking alike', () => {
    const progress = createPullProgress()
    progress(layer('a', 'Pulling fs layer'))
    progress(layer('b', 'Pulling fs layer'))
    expect(progress(layer('a', 'Downloading', 3e6, 3e6))).toEqual({ percent: 25, step: 'pull', message: '3.0 of 3.0 MB' })
    expect(progress(layer('b', 'Downloading', 0, 1e6))).toMatchObject({ percent: 37.5, message: '3.0 of 4.0 MB' })
    expect(progress(layer('b', 'Download complete'))).toMatchObject({ percent: 50, message: '4.0 of 4.0 MB' })
    expect(progress(layer('a', 'Extracting', 3e6, 3e6))).toMatchObject({ percent: 87.5 })
    expect(progress(layer('a', 'Pull complete'))).toMatchObject({ percent: 87.5 })
    expect(progress(layer('b', 'Pull complete'))).toMatchObject({ percent: 100 })
  })

  it('never goes back when a layer turns out to be larger, or is loaded again', () => {
    const progress = createPullProgress()
    progress(layer('a', 'Pulling fs layer'))
    expect(progress(layer('a', 'Downloading', 50, 100)).percent).toBe(25)
    expect(progress(layer('b', 'Downloading', 0, 10_000)).percent).toBe(25)
    expect(progress(layer('a', 'Downloading', 0, 100)).percent).toBe(25)
  })

  it('does not count what is there already', () => {
    const progress = createPullProgress()
    progress(layer('a', 'Already exists'))
    expect(progress(layer('b', 'Downloading', 1e6, 2e6))).toMatchObject({ percent: 25, message: '1.0 of 2.0 MB' })
  })

  it('takes lines about the whole image, and nonsense, for what they are', () => {
    const progress = createPullProgress()
    for (const message of [
      { id: 'v1', status: 'Pulling from app' },
      { status: 'Digest: sha256:aa' },
      {},
      layer('a', 'Downloading', -1, 0),
      layer('a', 'Dancing'),
    ])
      expect(progress(message)).toMatchObject({ percent: 0, message: null })
    expect(progress(layer('a', 'Downloading', 900, 100)).percent).toBe(50)
  })
})

describe('the messages of a pull', () => {
  const read = async (...chunks: string[]) => {
    const statuses: (string | undefined)[] = []
    for await (const { status } of readPullMessages(Readable.from(chunks.map((text) => Buffer.from(text))))) statuses.push(status)
    return statuses
  }

  it('are the same wherever the stream is cut', async () => {
    const text = '{"status":"eins"}\r\n\r\n{"status":"zwölf"}\n{"status":"ende"}'
    const bytes = Buffer.from(text)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const statuses: (string | undefined)[] = []
      const stream = Readable.from([bytes.subarray(0, cut), bytes.subarray(cut)].filter((part) => part.length > 0))
      for await (const { status } of readPullMessages(stream)) statuses.push(status)
      expect(statuses).toEqual(['eins', 'zwölf', 'ende'])
    }
  })

  it('throw what went wrong, with the status that the engine gives', async () => {
    await expect(read('{"errorDetail":{"code":401,"message":"no"},"error":"no"}')).rejects.toMatchObject({ message: 'no', statusCode: 401 })
    await expect(read('{"error":"only this"}')).rejects.toMatchObject({ message: 'only this', statusCode: null })
  })

  it('refuse what is no message, and a line that never ends', async () => {
    await expect(read('{"status":')).rejects.toThrow()
    await expect(read('[]\n')).rejects.toThrow()
    await expect(read(...Array.from({ length: 20 }, () => 'x'.repeat(100_000)))).rejects.toThrow('without an end')
  })
})
